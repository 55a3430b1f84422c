-- What the commands ask of the views, by name.

-- name: forget_today
-- Let views judge by the machine's date again.
DELETE FROM intake.today_override;

-- name: set_today
-- Let views judge by this date.
INSERT INTO intake.today_override (day) VALUES ($1);

-- name: suspended_children
-- One line a chain that is still on, or that reaches a day six: whom the council has to ask about, the soonest first.
SELECT DISTINCT ON (s.day_six_date, s.chain_id)
    s.day_six_date, s.pupil_id, s.dfe_no, s.looked_after, s.day_six_reached, s.state, s.type, s.chain_school_days,
    min(s.start_date) OVER chain AS chain_start, max(s.end_date) OVER chain AS chain_end,
    (SELECT max(d.received_at) FROM reporting.delivery d
     WHERE d.sender = s.dfe_no AND d.dataset = 'exclusions' AND d.delivery_seq IS NOT NULL) AS data_as_of
FROM reporting.suspension s
WHERE s.chain_id IS NOT NULL AND (s.day_six_date IS NOT NULL OR s.state IN ('current', 'no_longer_reported'))
WINDOW chain AS (PARTITION BY s.chain_id)
ORDER BY s.day_six_date, s.chain_id, s.start_date DESC;

-- name: children_in_care
-- The absence of every child in care in the newest year of the data, the highest first.
SELECT pupil_id, schools, possible, attended, authorised, unauthorised, absence_pct, last_4_weeks_pct, trend, data_as_of
FROM reporting.absence_children_in_care
WHERE academic_year = (SELECT max(academic_year) FROM reporting.absence_children_in_care)
ORDER BY absence_pct DESC NULLS LAST, pupil_id;

-- name: children_in_care_missing
-- The children in care that the first list cannot speak of, and why.
SELECT pupil_id, reason
FROM reporting.care_coverage
WHERE academic_year = (SELECT max(academic_year) FROM reporting.care_coverage)
ORDER BY pupil_id;
