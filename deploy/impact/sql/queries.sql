-- name: delivery
-- The file of a delivery and what became of it.
SELECT file_name, state, rows_accepted, rows_rejected, received_at, published_at, applied_at
FROM reporting.delivery
WHERE sender = $1 AND dataset = $2 AND delivery_seq = $3 AND state IN ('published', 'applied');

-- name: newest_delivery
-- The newest delivery of a sender and dataset.
SELECT max(delivery_seq) FROM intake.delivery WHERE sender = $1 AND dataset = $2 AND state = 'published';

-- name: passed_over
-- Where the delivery could not be applied.
SELECT consumer, reason
FROM (
    SELECT 'attendance' AS consumer, sender, dataset, delivery_seq, reason FROM attendance.parked
    UNION ALL SELECT 'exclusions', sender, dataset, delivery_seq, reason FROM exclusions.parked
    UNION ALL SELECT 'matching', sender, dataset, delivery_seq, reason FROM matching.parked
) AS parked
WHERE sender = $1 AND dataset = $2 AND delivery_seq = $3;

-- name: attendance
-- By pupil key and academic year: sessions that show the mark of this delivery, and marks that it changed.
WITH shown AS (
    SELECT pupil_key, academic_year, sum(split_part(run, 'x', 1)::bigint) AS sessions
    FROM attendance.enrolment
    CROSS JOIN LATERAL string_to_table(seqs, ' ') AS run
    WHERE dfe_no = $1 AND seqs <> '' AND split_part(run, 'x', 2)::bigint = $2
    GROUP BY pupil_key, academic_year
),
changed AS (
    SELECT pupil_key, academic_year, count(*) AS corrections
    FROM attendance.register_correction
    WHERE dfe_no = $1 AND delivery_seq = $2
    GROUP BY pupil_key, academic_year
)
SELECT pupil_key, academic_year, coalesce(sessions, 0) AS sessions, coalesce(corrections, 0) AS corrections
FROM shown FULL JOIN changed USING (pupil_key, academic_year)
ORDER BY corrections DESC, pupil_key, academic_year;

-- name: corrections
-- Marks that a delivery changed.
SELECT pupil_key, week_start + (session - 1) / 2 AS day, (session - 1) % 2 AS half, old_mark, new_mark
FROM attendance.register_correction
WHERE dfe_no = $1 AND delivery_seq = $2
ORDER BY pupil_key, day, half;

-- name: key_changes
-- Pupils that stand under another key since a delivery.
SELECT old_key, new_key, academic_year
FROM attendance.key_change WHERE dfe_no = $1 AND delivery_seq = $2 ORDER BY old_key, academic_year;

-- name: suspensions
-- Suspensions whose version comes from a delivery, or that it no longer holds.
SELECT pupil_key, start_date, type, unreported_seq IS NOT DISTINCT FROM $2 AS vanished
FROM exclusions.suspension
WHERE dfe_no = $1 AND (delivery_seq = $2 OR unreported_seq = $2)
ORDER BY pupil_key, start_date, type;

-- name: alerts
-- What was told because of a delivery.
SELECT kind, pupil_id, due_date, raised_at, is_current
FROM exclusions.alert
WHERE dfe_no = $1 AND raised_from_delivery_seq = $2
ORDER BY raised_at, kind, pupil_id, alert_id;

-- name: matches
-- Who pupils are said to be because of rows of a delivery, by outcome.
SELECT outcome, count(*) AS pupils
FROM matching.pupil_match WHERE dfe_no = $1 AND dataset = $2 AND delivery_seq = $3 GROUP BY outcome ORDER BY outcome;

-- name: children
-- Children of the index whose record comes from a snapshot.
SELECT count(*) AS children, count(*) FILTER (WHERE current) AS current
FROM matching.council_pupil WHERE delivery_seq = $1;

-- name: calendar_years
-- Academic years whose school days come from a calendar.
SELECT academic_year FROM exclusions.calendar_year WHERE delivery_seq = $1 ORDER BY academic_year;
