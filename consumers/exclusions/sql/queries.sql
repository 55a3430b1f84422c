-- name: newest_filing
-- The latest delivery of a school that is kept.
SELECT max(delivery_seq) FROM filing WHERE dfe_no = $1;

-- name: add_filing
-- A delivery, unless it is kept already.
INSERT INTO filing (dfe_no, delivery_seq, received_on, completeness, refused_keys, refused_starts)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
RETURNING delivery_seq;

-- name: filings
-- The deliveries of a school in order.
SELECT dfe_no, delivery_seq, received_on, completeness, refused_keys, refused_starts
FROM filing
WHERE dfe_no = $1
ORDER BY delivery_seq;

-- name: filed_rows
-- The rows of a school's deliveries in order.
SELECT
    delivery_seq, "row", pupil_key, id_key, upn, nc_year, start_date, end_date, sessions, type, type_as_sent, reasons,
    description, action_code, cancelled
FROM filed_row
WHERE dfe_no = $1
ORDER BY delivery_seq, "row";

-- name: suspensions_of_school
-- What a school has reported, in order of the keys.
SELECT
    suspension_id, dfe_no, pupil_key, start_date, type, id_key, upn, sent_end_date, sessions, reason, nc_year,
    action_code, description, cancelled, delivery_seq, "row", received_on, carried, cancelled_on, unreported_seq,
    unreported_on
FROM suspension
WHERE dfe_no = $1
ORDER BY pupil_key, start_date, type;

-- name: suspensions_within
-- What reaches into some academic years at some schools; '' stands for all schools.
SELECT
    suspension_id, dfe_no, pupil_key, start_date, type, id_key, upn, sent_end_date, sessions, reason, nc_year,
    action_code, description, cancelled, delivery_seq, "row", received_on, carried, cancelled_on, unreported_seq,
    unreported_on
FROM suspension
WHERE ('' = ANY ($1::text[]) OR dfe_no = ANY ($1::text[]))
    AND start_date <= make_date($3::integer + 1, 7, 31)
    AND (end_date IS NULL OR greatest(end_date, cancelled_on) >= make_date($2::integer, 8, 1));

-- name: suspensions_of_pupils
-- What is reported of some pupils.
SELECT
    suspension_id, dfe_no, pupil_key, start_date, type, id_key, upn, sent_end_date, sessions, reason, nc_year,
    action_code, description, cancelled, delivery_seq, "row", received_on, carried, cancelled_on, unreported_seq,
    unreported_on
FROM suspension
JOIN unnest($1::text[], $2::text[]) AS asked (dfe_no, pupil_key) USING (dfe_no, pupil_key);

-- name: schools_with_reckoned_ends
-- Schools whose files left an end to be worked out from sessions; '' stands for all schools.
SELECT DISTINCT dfe_no
FROM filed_row
WHERE end_date IS NULL
    AND sessions IS NOT NULL
    AND type <> 'PERM'
    AND start_date <= make_date($2::integer + 1, 7, 31)
    AND ('' = ANY ($1::text[]) OR dfe_no = ANY ($1::text[]));

-- name: children_of
-- The children who have some suspensions.
SELECT DISTINCT child FROM suspension WHERE suspension_id = ANY ($1::text[]);

-- name: cases
-- Everything of some children. Halves are exact in floating point.
SELECT
    suspension_id, dfe_no, pupil_key, start_date, type, id_key, upn, sent_end_date, sessions, reason, nc_year,
    action_code, description, cancelled, delivery_seq, "row", received_on, carried, cancelled_on, unreported_seq,
    unreported_on, child, pupil_id, looked_after, social_worker, end_date, school_days::float8 AS school_days,
    days_this_term::float8 AS days_this_term, days_this_year::float8 AS days_this_year, chain_id,
    chain_school_days::float8 AS chain_school_days, day_six_date, day_six_if_half_day
FROM suspension
WHERE child = ANY ($1::text[]);

-- name: remove_cases
-- Suspensions that are no more, or are written anew.
DELETE FROM suspension WHERE suspension_id = ANY ($1::text[]);

-- name: identities
-- Who some pupils are.
SELECT dfe_no, pupil_key, pupil_id, outcome, looked_after_from, looked_after_to, social_worker
FROM identity
JOIN unnest($1::text[], $2::text[]) AS asked (dfe_no, pupil_key) USING (dfe_no, pupil_key);

-- name: remove_identities
-- Identities that matching took back.
DELETE FROM identity WHERE record_key = ANY ($1::text[])
RETURNING dfe_no, pupil_key;

-- name: merge_identities
-- Staged identities that say something new.
INSERT INTO identity AS held (
    dfe_no, pupil_key, record_key, pupil_id, outcome, looked_after_from, looked_after_to, social_worker
)
SELECT dfe_no, pupil_key, record_key, pupil_id, outcome, looked_after_from, looked_after_to, social_worker
FROM staged_identity
ON CONFLICT (dfe_no, pupil_key) DO UPDATE
SET record_key = excluded.record_key, pupil_id = excluded.pupil_id, outcome = excluded.outcome,
    looked_after_from = excluded.looked_after_from, looked_after_to = excluded.looked_after_to,
    social_worker = excluded.social_worker
WHERE (held.pupil_id, held.outcome, held.looked_after_from, held.looked_after_to, held.social_worker)
    IS DISTINCT FROM
    (excluded.pupil_id, excluded.outcome, excluded.looked_after_from, excluded.looked_after_to, excluded.social_worker)
RETURNING dfe_no, pupil_key;

-- name: school_days
-- The school days of some schools, the county among them, from an academic year on.
SELECT dfe_no, academic_year, days FROM school_day WHERE dfe_no = ANY ($1::text[]) AND academic_year >= $2;

-- name: take_calendar_years
-- The years of a calendar delivery for which none newer is held.
INSERT INTO calendar_year AS held (academic_year, delivery_seq)
SELECT year, $2 FROM unnest($1::integer[]) AS year
ON CONFLICT (academic_year) DO UPDATE SET delivery_seq = excluded.delivery_seq
WHERE held.delivery_seq < excluded.delivery_seq
RETURNING academic_year;

-- name: remove_calendar_rows
-- The rows of years that are replaced.
DELETE FROM calendar_row WHERE academic_year = ANY ($1::integer[]);

-- name: calendar_rows
-- The calendar of a year.
SELECT dfe_no, date_from, date_to, kind FROM calendar_row WHERE academic_year = $1;

-- name: save_closed_days
-- The closed days of a school and year.
INSERT INTO closed_days (dfe_no, academic_year, days) VALUES ($1, $2, $3)
ON CONFLICT (dfe_no, academic_year) DO UPDATE SET days = excluded.days;

-- name: closed_days
-- The closed days of a year.
SELECT dfe_no, days FROM closed_days WHERE academic_year = $1;

-- name: held_days
-- The school days of a year as they are written down.
SELECT dfe_no, days FROM school_day WHERE academic_year = $1;

-- name: remove_days
-- School days that are no more, or are written anew.
DELETE FROM school_day WHERE academic_year = $1 AND dfe_no = ANY ($2::text[]);

-- name: current_alerts
-- The current alerts that show some suspensions, each with all that it rests on. One that shows another child's row is that
-- child's, though it may have rested on these while the two were one.
SELECT
    alert.subject, alert.period, alert.shown, alert.pupil_key, alert.raised_from_delivery_seq, alert.event,
    array_agg(member.suspension_id) AS members
FROM alert
JOIN alert_member AS member USING (alert_id)
WHERE alert.shown = ANY ($1::text[]) AND alert.is_current
GROUP BY alert.alert_id
ORDER BY alert.raised_at, alert.alert_id;

-- name: alert_versions
-- The latest version of everything told that is counted after some suspensions.
SELECT kind, subject, period, max(version) AS version
FROM alert
WHERE subject = ANY ($1::text[])
GROUP BY kind, subject, period;

-- name: renamed_members
-- What rests on a suspension that is no more rests on its successor.
WITH gone AS (
    DELETE FROM alert_member WHERE suspension_id = $1 RETURNING alert_id
)
INSERT INTO alert_member (suspension_id, alert_id) SELECT $2, alert_id FROM gone
ON CONFLICT DO NOTHING;

-- name: renamed_shown
-- What showed a suspension that is no more shows its successor.
UPDATE alert SET shown = $2 WHERE shown = $1;

-- name: rekey_alerts
-- Alerts show the pupil's present key.
UPDATE alert
SET pupil_key = suspension.pupil_key
FROM suspension
WHERE alert.shown = suspension.suspension_id
    AND suspension.suspension_id = ANY ($1::text[])
    AND alert.pupil_key <> suspension.pupil_key;

-- name: supersede_alerts
-- Alerts that others supersede.
WITH superseded AS (
    UPDATE alert SET is_current = false WHERE alert_id = ANY ($1::text[]) RETURNING alert_id
)
DELETE FROM alert_member USING superseded WHERE alert_member.alert_id = superseded.alert_id;

-- name: all_children
-- Every child with a suspension.
SELECT DISTINCT child FROM suspension;

-- name: known_alerts
-- Which of some alerts are kept.
SELECT alert_id FROM alert WHERE alert_id = ANY ($1::text[]);

-- name: restore_published
-- Alerts that were published before they were lost here are not published again.
INSERT INTO outbox (topic, partition, key, outbox_key, published_at)
SELECT $1, 0, '', alert_id, raised_at
FROM unnest($2::text[], $3::timestamptz[]) AS told (alert_id, raised_at)
ON CONFLICT (outbox_key) DO NOTHING;
