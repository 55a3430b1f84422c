-- What `why` asks of tables and views, by name. An explanation looks behind the views, so it may read any table.

-- name: absence_of_pupil
-- The enrolments of a pupil key at a school, every year or one, the newest first; also where the key was given up.
WITH RECURSIVE named AS (
    SELECT $1::text AS dfe_no, year.academic_year, $2::text AS pupil_key
    FROM (
        SELECT academic_year FROM attendance.enrolment WHERE dfe_no = $1 AND pupil_key = $2
        UNION
        SELECT academic_year FROM attendance.key_change WHERE dfe_no = $1 AND old_key = $2
    ) AS year
    UNION
    SELECT named.dfe_no, named.academic_year, change.new_key
    FROM named
    JOIN attendance.key_change AS change USING (dfe_no, academic_year)
    WHERE change.old_key = named.pupil_key
)
SELECT absence.*
FROM reporting.pupil_absence AS absence
JOIN named USING (dfe_no, academic_year, pupil_key)
WHERE academic_year = coalesce($3, academic_year)
ORDER BY academic_year DESC, pupil_key;

-- name: sessions_of_enrolment
-- The covered sessions of an enrolment in order: day, 0 for the morning or 1 for the afternoon, mark, what it counts
-- as (a letter of `consumers.attendance.codes`), and the delivery that it comes from.
WITH session AS (
    SELECT first_day + (place - 1)::integer / 2 AS day, (place - 1)::integer % 2 AS half, mark, kind,
        row_number() OVER (ORDER BY place) AS number
    FROM attendance.enrolment
    CROSS JOIN LATERAL unnest(string_to_array(marks, E'\t', ' '), string_to_array(kinds, NULL))
        WITH ORDINALITY AS each_session (mark, kind, place)
    WHERE dfe_no = $1 AND academic_year = $2 AND pupil_key = $3 AND mark IS NOT NULL
),
run AS (
    SELECT split_part(text, 'x', 2)::bigint AS delivery_seq,
        sum(split_part(text, 'x', 1)::bigint) OVER (ORDER BY place) AS last_number
    FROM attendance.enrolment
    CROSS JOIN LATERAL string_to_table(seqs, ' ') WITH ORDINALITY AS each_run (text, place)
    WHERE dfe_no = $1 AND academic_year = $2 AND pupil_key = $3 AND seqs <> ''
)
SELECT session.day, session.half, session.mark, session.kind, run.delivery_seq
FROM session
CROSS JOIN LATERAL (
    SELECT delivery_seq FROM run WHERE run.last_number >= session.number ORDER BY last_number LIMIT 1
) AS run
ORDER BY session.number;

-- name: corrections_of_enrolment
-- The corrections of an enrolment in order of deliveries.
SELECT week_start + (session - 1) / 2 AS day, (session - 1) % 2 AS half, old_mark, new_mark, delivery_seq
FROM attendance.register_correction
WHERE dfe_no = $1 AND academic_year = $2 AND pupil_key = $3
ORDER BY delivery_seq, day, half;

-- name: keys_of_enrolment
-- The keys under which rows of an enrolment may stand: its own, and those it had before.
WITH RECURSIVE known AS (
    SELECT $3::text AS pupil_key
    UNION
    SELECT change.old_key
    FROM known
    JOIN attendance.key_change AS change ON change.new_key = known.pupil_key
    WHERE change.dfe_no = $1 AND change.academic_year = $2
)
SELECT pupil_key FROM known ORDER BY pupil_key = $3 DESC, pupil_key;

-- name: files_of_deliveries
-- Some deliveries of a sender, the newest first: their files, and where their rows stand on the topic.
SELECT delivery_seq, file_name, sha256, received_at, rows_accepted, partition, end_offset
FROM intake.delivery
WHERE sender = $1 AND dataset = $2 AND state = 'published' AND delivery_seq = ANY ($3::bigint[])
ORDER BY delivery_seq DESC;

-- name: match_of_pupil
-- What matching has decided about a pupil key of a school, and the file of the row that it rests on.
SELECT m.outcome, m.pupil_id, m.path, m.score::integer AS score, m.second, m.reasons, m.candidates, m.evidence,
    m.decided_by, m.rules, m.question, m.dataset, m.delivery_seq, m."row", d.file_name, d.received_at
FROM matching.pupil_match AS m
LEFT JOIN reporting.delivery AS d
    ON d.sender = m.dfe_no AND d.dataset = m.dataset AND d.delivery_seq = m.delivery_seq AND d.state <> 'duplicate'
WHERE m.dfe_no = $1 AND m.pupil_key = $2
LIMIT 1;

-- name: answers_on_match
-- What clerks have said about that identity, oldest first.
SELECT pupil_id, answer, decided_by, decided_at FROM matching.decision WHERE fingerprint = $1 ORDER BY ordinal;

-- name: suspensions_of_pupil
-- A pupil's suspensions that start on a day, of one type or any, with what follows from each.
SELECT s.suspension_id, s.id_key, s.type, s.start_date, s.end_date, s.sessions, s.school_days::float8 AS school_days,
    shown.state, s.pupil_id, s.looked_after, s.delivery_seq, s."row", s.unreported_seq, s.chain_id,
    s.chain_school_days::float8 AS chain_school_days, s.day_six_date, s.day_six_if_half_day,
    s.days_this_term::float8 AS days_this_term, s.days_this_year::float8 AS days_this_year,
    (
        SELECT year.delivery_seq
        FROM exclusions.calendar_year AS year
        WHERE year.academic_year = extract(year FROM s.start_date - interval '7 months')
    ) AS calendar_seq
FROM exclusions.suspension AS s
JOIN reporting.suspension AS shown USING (dfe_no, pupil_key, start_date, type)
WHERE s.dfe_no = $1 AND s.pupil_key = $2 AND s.start_date = $3 AND s.type = coalesce($4, s.type)
ORDER BY s.type;

-- name: files_on_suspension
-- Every exclusions file of a school from the first that holds rows of a pupil (key $2, or `id:` value $3) with a start
-- ($4) on, and what those rows say; no row: the file does not hold it.
WITH told AS (
    SELECT * FROM exclusions.filed_row
    WHERE dfe_no = $1 AND (pupil_key = $2 OR id_key = $3) AND start_date = $4
)
SELECT filing.delivery_seq, file.file_name, file.received_at, told."row", told.type, told.end_date, told.sessions,
    told.reasons, told.cancelled
FROM exclusions.filing
LEFT JOIN told USING (dfe_no, delivery_seq)
LEFT JOIN intake.delivery AS file
    ON file.sender = filing.dfe_no AND file.dataset = 'exclusions' AND file.delivery_seq = filing.delivery_seq
    AND file.state = 'published'
WHERE filing.dfe_no = $1 AND filing.delivery_seq >= (SELECT min(delivery_seq) FROM told)
ORDER BY filing.delivery_seq, told."row";

-- name: chain_of_suspension
-- The suspensions of a chain in order.
SELECT type, start_date, end_date, school_days::float8 AS school_days
FROM exclusions.suspension WHERE chain_id = $1 ORDER BY start_date, type;

-- name: alerts_on_suspension
-- What was told of a suspension, in order of telling.
SELECT kind, due_date, raised_at, raised_from_delivery_seq, is_current
FROM exclusions.alert WHERE shown = $1 ORDER BY raised_at, kind, version;
