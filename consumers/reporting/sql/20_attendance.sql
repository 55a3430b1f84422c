-- Absence from marks. Rates are numeric(7,4), null where nothing was possible; sums before rates, never means of rates.

-- The days of an academic year.
CREATE FUNCTION reporting.year_days(academic_year integer) RETURNS daterange
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN daterange(make_date(academic_year, 8, 1), make_date(academic_year + 1, 8, 1));

-- One row per enrolment and academic year, whatever its status.
CREATE VIEW reporting.pupil_absence AS
SELECT
    enrolment.dfe_no,
    enrolment.pupil_key,
    enrolment.upn,
    enrolment.academic_year,
    enrolment.enrolment_status,
    enrolment.part_time,
    child.pupil_id,
    EXISTS (
        SELECT FROM matching.looked_after AS period
        WHERE period.pupil_id = child.pupil_id
            AND enrolment.last_week BETWEEN period.first_day AND coalesce(period.last_day, 'infinity')
    ) AS looked_after,
    enrolment.possible,
    enrolment.attended,
    enrolment.authorised,
    enrolment.unauthorised,
    (100.0 * absent / nullif(enrolment.possible, 0))::numeric(7,4) AS absence_pct,
    CASE WHEN enrolment.possible > 0 THEN 10 * absent >= enrolment.possible END AS persistent,
    CASE WHEN enrolment.possible > 0 THEN 2 * absent >= enrolment.possible END AS severe,
    enrolment.late_before,
    enrolment.late_after,
    enrolment.no_mark,
    enrolment.unknown_mark,
    enrolment.first_week,
    enrolment.last_week,
    enrolment.delivery_seq
FROM attendance.enrolment
LEFT JOIN matching.pupil_match AS child USING (dfe_no, pupil_key) -- pupil_id only where the outcome is certain
CROSS JOIN LATERAL (SELECT enrolment.authorised + enrolment.unauthorised AS absent) AS sums;

-- One row per enrolment and week with a session that a file covers.
CREATE VIEW reporting.pupil_week AS
SELECT
    enrolment.dfe_no,
    enrolment.pupil_key,
    enrolment.academic_year,
    enrolment.first_day + 7 * number AS week_start,
    week.marks,
    length(translate(week.kinds, '.XM?', '')) AS possible,
    length(translate(week.kinds, '.XM?AUT', '')) AS attended,
    length(translate(week.kinds, '.XM?PLUT', '')) AS authorised,
    length(translate(week.kinds, '.XM?PLA', '')) AS unauthorised,
    length(translate(week.kinds, '.XPLAUT?', '')) AS no_mark,
    length(translate(week.kinds, '.XPLAUTM', '')) AS unknown_mark
FROM attendance.enrolment
CROSS JOIN LATERAL (SELECT string_to_array(enrolment.marks, E'\t', ' ') AS marks OFFSET 0) AS sessions
CROSS JOIN LATERAL generate_series(0, (enrolment.last_week - enrolment.first_day) / 7) AS number
CROSS JOIN LATERAL (
    SELECT
        sessions.marks[14 * number + 1:14 * number + 14] AS marks,
        substr(enrolment.kinds, 14 * number + 1, 14) AS kinds
) AS week
WHERE week.marks <> array_fill(NULL::text, ARRAY[14]);

-- How many sessions of a school have each mark; every enrolment counts.
CREATE VIEW reporting.mark_count AS
SELECT school_year.dfe_no, school_year.academic_year, total.code, total.am, total.pm
FROM attendance.school_year
CROSS JOIN LATERAL unnest(school_year.codes, school_year.am, school_year.pm) AS total (code, am, pm);

-- One row per school and academic year. Guests, further education and other settings are left out, and so is a
-- subsidiary registration where the same UPN has a main one that year.
CREATE VIEW reporting.school_absence AS
WITH main AS (
    SELECT DISTINCT upn, academic_year
    FROM attendance.enrolment
    WHERE enrolment_status = 'M' AND upn IS NOT NULL
),
counted AS (
    SELECT
        enrolment.*,
        enrolment.authorised + enrolment.unauthorised AS absent,
        enrolment.enrolment_status NOT IN ('G', 'F', 'O')
            AND NOT (enrolment.enrolment_status = 'S' AND main.upn IS NOT NULL) AS counts
    FROM attendance.enrolment
    LEFT JOIN main USING (upn, academic_year)
),
summed AS (
    SELECT
        dfe_no,
        academic_year,
        count(*) FILTER (WHERE counts AND possible > 0) AS enrolments,
        coalesce(sum(possible) FILTER (WHERE counts), 0) AS possible,
        coalesce(sum(attended) FILTER (WHERE counts), 0) AS attended,
        coalesce(sum(authorised) FILTER (WHERE counts), 0) AS authorised,
        coalesce(sum(unauthorised) FILTER (WHERE counts), 0) AS unauthorised,
        count(*) FILTER (WHERE counts AND possible > 0 AND 10 * absent >= possible) AS persistent,
        count(*) FILTER (WHERE counts AND possible > 0 AND 2 * absent >= possible) AS severe,
        coalesce(sum(unknown_mark) FILTER (WHERE counts), 0) AS unknown_mark
    FROM counted
    GROUP BY dfe_no, academic_year
)
SELECT
    dfe_no,
    academic_year,
    enrolments::integer,
    possible::integer,
    attended::integer,
    authorised::integer,
    unauthorised::integer,
    (100.0 * (authorised + unauthorised) / nullif(possible, 0))::numeric(7,4) AS absence_pct,
    (100.0 * persistent / nullif(enrolments, 0))::numeric(7,4) AS persistent_pct,
    (100.0 * severe / nullif(enrolments, 0))::numeric(7,4) AS severe_pct,
    unknown_mark::integer
FROM summed;

-- Marks that a delivery changed; session 1 to 14 is Monday morning to Sunday afternoon.
CREATE VIEW reporting.register_correction AS
SELECT dfe_no, pupil_key, week_start, session, old_mark, new_mark, delivery_seq
FROM attendance.register_correction;

-- One row per child in care (certain matches only) and year with a Monday-to-Friday session, inside a period in care,
-- that some file covers. Of several marks for one session one counts; the 28 days and what lies before them are told
-- from the oldest of the child's registers.
CREATE VIEW reporting.absence_children_in_care AS
WITH care AS (
    SELECT period.pupil_id, range_agg(daterange(period.first_day, period.last_day, '[]')) AS days
    FROM matching.looked_after AS period
    JOIN matching.council_pupil AS child USING (pupil_id)
    WHERE NOT child.sealed AND period.first_day <= coalesce(period.last_day, 'infinity')
    GROUP BY period.pupil_id
),
enrolled AS (
    SELECT
        care.pupil_id,
        care.days,
        enrolment.*,
        coalesce(
            min(enrolment.last_week) FILTER (WHERE enrolment.enrolment_status NOT IN ('P', 'G')) OVER child_year,
            min(enrolment.last_week) OVER child_year
        ) AS oldest_week
    FROM care
    JOIN matching.pupil_match USING (pupil_id) -- certain ones alone have it
    JOIN attendance.enrolment USING (dfe_no, pupil_key)
    WINDOW child_year AS (PARTITION BY care.pupil_id, enrolment.academic_year)
),
session AS (
    SELECT
        enrolled.pupil_id,
        enrolled.academic_year,
        enrolled.oldest_week,
        enrolled.dfe_no,
        enrolled.pupil_key,
        enrolled.enrolment_status,
        covered.day,
        covered.half,
        covered.kind,
        enrolled.enrolment_status <> 'G' AND covered.mark <> 'D' AS counts
    FROM enrolled
    CROSS JOIN LATERAL (
        SELECT enrolled.first_day + (place - 1)::integer / 2 AS day, place % 2 AS half, mark, kind
        FROM unnest(string_to_array(enrolled.marks, E'\t', ' '), string_to_array(enrolled.kinds, NULL))
            WITH ORDINALITY AS each_session (mark, kind, place)
        WHERE mark IS NOT NULL AND (place - 1) % 14 < 10
    ) AS covered
    WHERE enrolled.days @> covered.day
),
pooled AS (
    SELECT DISTINCT ON (pupil_id, academic_year, day, half)
        session.*,
        counts AND kind IN ('P', 'L', 'A', 'U', 'T') AS possible,
        counts AND kind IN ('A', 'U', 'T') AS absent,
        day BETWEEN oldest_week - 21 AND oldest_week + 6 AS is_last,
        day < oldest_week - 21 AS is_before
    FROM session
    ORDER BY
        pupil_id, academic_year, day, half,
        counts DESC, kind IN ('P', 'L', 'A', 'U', 'T') DESC,
        enrolment_status = 'M' DESC, enrolment_status = 'C' DESC, dfe_no, pupil_key
),
summed AS (
    SELECT
        pupil_id,
        academic_year,
        oldest_week,
        array_agg(DISTINCT dfe_no ORDER BY dfe_no) FILTER (WHERE counts) AS schools,
        count(*) FILTER (WHERE possible) AS possible,
        count(*) FILTER (WHERE possible AND NOT absent) AS attended,
        count(*) FILTER (WHERE absent AND kind = 'A') AS authorised,
        count(*) FILTER (WHERE absent AND kind <> 'A') AS unauthorised,
        count(*) FILTER (WHERE possible AND is_last) AS last_possible,
        count(*) FILTER (WHERE absent AND is_last) AS last_absent,
        count(*) FILTER (WHERE possible AND is_before) AS before_possible,
        count(*) FILTER (WHERE absent AND is_before) AS before_absent
    FROM pooled
    GROUP BY pupil_id, academic_year, oldest_week
)
SELECT
    pupil_id,
    academic_year,
    coalesce(schools, '{}') AS schools,
    possible::integer,
    attended::integer,
    authorised::integer,
    unauthorised::integer,
    (100.0 * (authorised + unauthorised) / nullif(possible, 0))::numeric(7,4) AS absence_pct,
    last_pct AS last_4_weeks_pct,
    CASE
        WHEN possible < 40 OR last_pct IS NULL OR before_pct IS NULL THEN 'too_early'
        WHEN last_pct - before_pct >= 1 THEN 'up'
        WHEN before_pct - last_pct >= 1 THEN 'down'
        ELSE 'flat'
    END AS trend,
    oldest_week + 4 AS data_as_of
FROM summed
CROSS JOIN LATERAL (
    SELECT
        (100.0 * last_absent / nullif(last_possible, 0))::numeric(7,4) AS last_pct,
        (100.0 * before_absent / nullif(before_possible, 0))::numeric(7,4) AS before_pct
) AS rates;

-- One row per child in care with a current record, and year with any register, that has no row in
-- `absence_children_in_care`; and why not.
CREATE VIEW reporting.care_coverage AS
WITH care AS (
    SELECT child.pupil_id, child.dfe_no, range_agg(daterange(period.first_day, period.last_day, '[]')) AS days
    FROM matching.looked_after AS period
    JOIN matching.council_pupil AS child USING (pupil_id)
    WHERE child.current AND NOT child.sealed AND period.first_day <= coalesce(period.last_day, 'infinity')
    GROUP BY child.pupil_id, child.dfe_no
),
missing AS (
    SELECT care.*, covered.academic_year
    FROM care
    JOIN (SELECT DISTINCT academic_year FROM attendance.school_year) AS covered
        ON care.days && reporting.year_days(covered.academic_year)
    LEFT JOIN reporting.absence_children_in_care AS absence USING (pupil_id, academic_year)
    WHERE absence.pupil_id IS NULL
),
enrolled AS (
    SELECT
        child.pupil_id,
        enrolment.academic_year,
        array_agg(DISTINCT enrolment.dfe_no ORDER BY enrolment.dfe_no) AS schools,
        max(enrolment.last_week) AS last_week
    FROM matching.pupil_match AS match
    CROSS JOIN LATERAL unnest(match.candidates) AS child (pupil_id)
    JOIN attendance.enrolment USING (dfe_no, pupil_key)
    WHERE match.outcome IN ('certain', 'possible')
    GROUP BY child.pupil_id, enrolment.academic_year
)
SELECT
    missing.pupil_id,
    missing.academic_year,
    coalesce(enrolled.schools, '{}') AS schools,
    enrolled.last_week,
    CASE
        WHEN missing.dfe_no IS NULL THEN 'no_match'
        WHEN NOT EXISTS (SELECT FROM intake.agreement WHERE agreement.dfe_no = missing.dfe_no)
            THEN 'school_not_in_agreement'
        WHEN NOT EXISTS (
            SELECT FROM attendance.school_year AS school, unnest(school.covered_days) AS day
            WHERE (school.dfe_no, school.academic_year) = (missing.dfe_no, missing.academic_year)
                AND missing.days @> day
        ) THEN 'no_file'
        ELSE 'no_match'
    END AS reason
FROM missing
LEFT JOIN enrolled USING (pupil_id, academic_year);
