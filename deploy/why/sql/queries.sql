-- What `why` asks of the tables and views, by name.

-- name: absence_of_pupil
-- The rates of a pupil at a school, every year of it or one, the newest first.
SELECT *
FROM reporting.pupil_absence
WHERE dfe_no = $1 AND pupil_key = $2 AND academic_year = coalesce($3, academic_year)
ORDER BY academic_year DESC;
