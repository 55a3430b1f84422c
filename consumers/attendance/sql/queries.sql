-- name: held_enrolments
-- The enrolments of a school in some academic years; in order, so that the same state is computed the same way.
SELECT
    academic_year, pupil_key, delivery_seq,
    upn, admission_number, enrolment_status, part_time, status_from, status_seq,
    first_week, last_week, marks, kinds, seqs,
    possible, attended, authorised, unauthorised, late_before, late_after, no_mark, unknown_mark
FROM enrolment
WHERE dfe_no = $1 AND academic_year = ANY ($2::integer[])
ORDER BY academic_year, pupil_key;

-- name: held_key_changes
-- The changes of key known of a school in some academic years.
SELECT academic_year, old_key, new_key, delivery_seq
FROM key_change
WHERE dfe_no = $1 AND academic_year = ANY ($2::integer[]);

-- name: held_school_years
-- What a school's years add up to.
SELECT academic_year, codes, am, pm, covered_days, closed_days
FROM school_year
WHERE dfe_no = $1 AND academic_year = ANY ($2::integer[]);

-- name: note_key_changes
-- Keep changes of key.
INSERT INTO key_change (dfe_no, academic_year, old_key, new_key, delivery_seq)
SELECT $1, $2, change.old_key, change.new_key, change.delivery_seq
FROM unnest($3::text[], $4::text[], $5::bigint[]) AS change (old_key, new_key, delivery_seq)
ON CONFLICT DO NOTHING;

-- name: remove_enrolments
-- Enrolments whose key has moved: their sessions stand under the new key.
DELETE FROM enrolment
WHERE dfe_no = $1 AND academic_year = $2 AND pupil_key = ANY ($3::text[]);

-- name: move_corrections
-- The corrections of enrolments whose key has moved follow; one that the new key has already stays as it is.
WITH moved AS (
    DELETE FROM register_correction AS correction
    USING unnest($3::text[], $4::text[]) AS move (old_key, new_key)
    WHERE correction.dfe_no = $1 AND correction.academic_year = $2 AND correction.pupil_key = move.old_key
    RETURNING correction.*, move.new_key
)
INSERT INTO register_correction
    (dfe_no, pupil_key, academic_year, week_start, session, old_mark, new_mark, delivery_seq)
SELECT dfe_no, new_key, academic_year, week_start, session, old_mark, new_mark, delivery_seq
FROM moved
ON CONFLICT DO NOTHING;

-- name: merge_enrolments
-- Put staged enrolments in the place of those of the same key.
INSERT INTO enrolment AS held (
    dfe_no, academic_year, pupil_key, delivery_seq,
    upn, admission_number, enrolment_status, part_time, status_from, status_seq,
    first_week, last_week, marks, kinds, seqs,
    possible, attended, authorised, unauthorised, late_before, late_after, no_mark, unknown_mark
)
SELECT
    dfe_no, academic_year, pupil_key, delivery_seq,
    upn, admission_number, enrolment_status, part_time, status_from, status_seq,
    first_week, last_week, marks, kinds, seqs,
    possible, attended, authorised, unauthorised, late_before, late_after, no_mark, unknown_mark
FROM staged_enrolment
ON CONFLICT (dfe_no, pupil_key, academic_year) DO UPDATE SET
    delivery_seq = excluded.delivery_seq,
    upn = excluded.upn,
    admission_number = excluded.admission_number,
    enrolment_status = excluded.enrolment_status,
    part_time = excluded.part_time,
    status_from = excluded.status_from,
    status_seq = excluded.status_seq,
    first_week = excluded.first_week,
    last_week = excluded.last_week,
    marks = excluded.marks,
    kinds = excluded.kinds,
    seqs = excluded.seqs,
    possible = excluded.possible,
    attended = excluded.attended,
    authorised = excluded.authorised,
    unauthorised = excluded.unauthorised,
    late_before = excluded.late_before,
    late_after = excluded.late_after,
    no_mark = excluded.no_mark,
    unknown_mark = excluded.unknown_mark
WHERE held.delivery_seq <= excluded.delivery_seq;

-- name: merge_corrections
-- Add staged corrections; one that is known stays.
INSERT INTO register_correction
    (dfe_no, pupil_key, academic_year, week_start, session, old_mark, new_mark, delivery_seq)
SELECT dfe_no, pupil_key, academic_year, week_start, session, old_mark, new_mark, delivery_seq
FROM staged_register_correction
ON CONFLICT DO NOTHING;

-- name: put_school_year
-- What a school's year adds up to now.
INSERT INTO school_year (dfe_no, academic_year, codes, am, pm, covered_days, closed_days)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (dfe_no, academic_year) DO UPDATE SET
    codes = excluded.codes,
    am = excluded.am,
    pm = excluded.pm,
    covered_days = excluded.covered_days,
    closed_days = excluded.closed_days;
