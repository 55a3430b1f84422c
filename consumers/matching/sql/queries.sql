-- name: roll
-- The newest delivery of a sender and dataset, and the last delivery of every pupil key.
SELECT delivery_seq, pupil_keys, last_seqs FROM roll WHERE sender = $1 AND dataset = $2;

-- name: save_roll
-- The same after one more delivery.
INSERT INTO roll (sender, dataset, delivery_seq, pupil_keys, last_seqs)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (sender, dataset) DO UPDATE
SET delivery_seq = excluded.delivery_seq, pupil_keys = excluded.pupil_keys, last_seqs = excluded.last_seqs;

-- name: remembered
-- What is held of the pupil keys of a file, in one row.
SELECT array_agg(pupil_key), array_agg(fingerprint), array_agg(array_to_string(reported, E'\x1f'))
FROM seen
WHERE dfe_no = $1 AND dataset = $2 AND pupil_key = ANY ($3::text[]);

-- name: merge_seen
-- New identities, and those that have changed.
INSERT INTO seen AS held (
    dfe_no, dataset, pupil_key, delivery_seq, "row", upn, former_upn, admission_number, forename, surname,
    preferred_name, dob, gender, reported, doubled, question, id_key, fingerprint
)
SELECT
    dfe_no, dataset, pupil_key, delivery_seq, "row", upn, former_upn, admission_number, forename, surname,
    preferred_name, dob, gender, string_to_array(reported, E'\x1f'), doubled, question, id_key, fingerprint
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::bigint[], $5::integer[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::text[], $12::date[], $13::text[], $14::text[], $15::boolean[], $16::text[], $17::text[],
    $18::text[]
) AS given (
    dfe_no, dataset, pupil_key, delivery_seq, "row", upn, former_upn, admission_number, forename, surname,
    preferred_name, dob, gender, reported, doubled, question, id_key, fingerprint
)
ORDER BY pupil_key
ON CONFLICT (dfe_no, pupil_key, dataset) DO UPDATE
SET delivery_seq = excluded.delivery_seq, "row" = excluded."row", upn = excluded.upn,
    former_upn = excluded.former_upn, admission_number = excluded.admission_number, forename = excluded.forename,
    surname = excluded.surname, preferred_name = excluded.preferred_name, dob = excluded.dob, gender = excluded.gender,
    doubled = excluded.doubled, question = excluded.question, id_key = excluded.id_key,
    fingerprint = excluded.fingerprint, reported = excluded.reported;

-- name: save_reported
-- What has been reported under a key whose identity stays as it was.
UPDATE seen SET reported = $4 WHERE dfe_no = $1 AND dataset = $2 AND pupil_key = $3;

-- name: links
-- What may tie the pupil keys of a school to one another.
SELECT pupil_key, former_upn, admission_number, id_key, reported, superseded
FROM seen
WHERE dfe_no = $1 AND dataset = $2;

-- name: turn_superseded
-- Keys that have given way, or come back.
UPDATE seen SET superseded = NOT superseded
WHERE dfe_no = $1 AND dataset = $2 AND pupil_key = ANY ($3::text[]);

-- name: seen_of_keys
-- The identity that counts under each of these keys of a school: attendance goes before exclusions.
SELECT DISTINCT ON (pupil_key)
    dfe_no, dataset, pupil_key, delivery_seq, "row", upn, former_upn, admission_number, forename, surname,
    preferred_name, dob, gender, reported, doubled, question
FROM seen
WHERE dfe_no = $1 AND pupil_key = ANY ($2::text[]) AND NOT superseded
ORDER BY pupil_key, dataset;

-- name: seen_of_schools
-- The identity that counts under each key of these schools.
SELECT DISTINCT ON (dfe_no, pupil_key)
    dfe_no, dataset, pupil_key, delivery_seq, "row", upn, former_upn, admission_number, forename, surname,
    preferred_name, dob, gender, reported, doubled, question
FROM seen
WHERE dfe_no = ANY ($1::text[]) AND NOT superseded
ORDER BY dfe_no, pupil_key, dataset;

-- name: schools
-- Every school with a pupil, and how many identities are held of it.
SELECT dfe_no, count(*) AS identities FROM seen GROUP BY dfe_no ORDER BY dfe_no;

-- name: all_children
-- The whole index.
SELECT
    pupil_id, upn, former_upn, first_name, surname, preferred_name, dob, gender, sealed, dfe_no, admission_number,
    current
FROM council_pupil;

-- name: rivals
-- Other keys of a school that are certain to be, or were until now claimed to be, one of these children.
SELECT
    s.dfe_no, s.dataset, s.pupil_key, s.delivery_seq, s."row", s.upn, s.former_upn, s.admission_number, s.forename,
    s.surname, s.preferred_name, s.dob, s.gender, s.reported, s.doubled, s.question,
    m.claims, m.path, m.score::integer AS score, array_remove(m.reasons, 'CLAIMED_TWICE') AS reasons, m.second,
    m.evidence, m.decided_by = 'clerk' AS by_clerk, m.contested
FROM pupil_match AS m
JOIN seen AS s USING (dfe_no, dataset, pupil_key)
WHERE m.dfe_no = $1
    AND m.pupil_key <> ALL ($2::text[])
    AND m.claims IN (
        SELECT unnest($3::text[])
        UNION
        SELECT claims FROM pupil_match WHERE dfe_no = $1 AND pupil_key = ANY ($2::text[]) AND claims IS NOT NULL
    );

-- name: match_rows
-- What has been decided of every key of some schools, as `merge_matches` is given it.
SELECT
    dfe_no, pupil_key, upn, outcome, pupil_id, path, score::integer AS score, array_to_string(reasons, ' ') AS reasons,
    dataset, delivery_seq, "row", array_to_string(candidates, E'\x1f') AS candidates, claims, contested, second,
    evidence, rules, decided_by, question
FROM pupil_match
WHERE dfe_no = ANY ($1::text[]);

-- name: merge_matches
-- Decisions that are new or not as before. What is not sealed has left the restricted rows.
WITH given AS (
    SELECT * FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::text[], $9::text[],
        $10::bigint[], $11::integer[], $12::text[], $13::text[], $14::boolean[], $15::integer[], $16::text[],
        $17::text[], $18::text[], $19::text[]
    ) AS columns (
        dfe_no, pupil_key, upn, outcome, pupil_id, path, score, reasons, dataset, delivery_seq, "row", candidates,
        claims, contested, second, evidence, rules, decided_by, question
    )
),
freed AS (
    DELETE FROM restricted_row AS r USING given AS g
    WHERE r.dfe_no = g.dfe_no AND r.pupil_key = g.pupil_key AND g.outcome <> 'sealed'
)
INSERT INTO pupil_match AS held (
    dfe_no, pupil_key, upn, outcome, pupil_id, path, score, reasons, dataset, delivery_seq, "row", candidates, claims,
    contested, second, evidence, rules, decided_by, question
)
SELECT
    dfe_no, pupil_key, upn, outcome, pupil_id, path, score, string_to_array(reasons, ' '), dataset, delivery_seq,
    "row", string_to_array(candidates, E'\x1f'), claims, contested, second, evidence, rules, decided_by, question
FROM given
ORDER BY dfe_no, pupil_key
ON CONFLICT (dfe_no, pupil_key) DO UPDATE
SET upn = excluded.upn, outcome = excluded.outcome, pupil_id = excluded.pupil_id, path = excluded.path,
    score = excluded.score, reasons = excluded.reasons, dataset = excluded.dataset,
    delivery_seq = excluded.delivery_seq, "row" = excluded."row", candidates = excluded.candidates,
    claims = excluded.claims, contested = excluded.contested, second = excluded.second, evidence = excluded.evidence,
    rules = excluded.rules, decided_by = excluded.decided_by, question = excluded.question
WHERE held IS DISTINCT FROM excluded;

-- name: remove_matches
-- Keys that have given way in every dataset.
DELETE FROM pupil_match WHERE dfe_no = $1 AND pupil_key = ANY ($2::text[]);

-- name: unrestrict
-- Keys that have given way touch nobody.
DELETE FROM restricted_row WHERE dfe_no = $1 AND pupil_key = ANY ($2::text[]);

-- name: restrict
-- Rows that touch a sealed child: for the restricted queue alone.
INSERT INTO restricted_row AS held (dfe_no, pupil_key, pupil_id)
SELECT dfe_no, pupil_key, pupil_id
FROM unnest($1::text[], $2::text[], $3::text[]) AS touched (dfe_no, pupil_key, pupil_id)
ON CONFLICT (dfe_no, pupil_key) DO UPDATE SET pupil_id = excluded.pupil_id
WHERE held.pupil_id IS DISTINCT FROM excluded.pupil_id;

-- name: merge_children
-- The newest snapshot with each child counts.
INSERT INTO council_pupil AS held (
    pupil_id, upn, former_upn, first_name, surname, preferred_name, dob, gender, social_worker, sealed, dfe_no,
    admission_number, delivery_seq, "row"
)
SELECT
    pupil_id, upn, former_upn, first_name, surname, preferred_name, dob, gender, social_worker, sealed, dfe_no,
    admission_number, delivery_seq, "row"
FROM staged_council_pupil
ON CONFLICT (pupil_id) DO UPDATE
SET upn = excluded.upn, former_upn = excluded.former_upn, first_name = excluded.first_name,
    surname = excluded.surname, preferred_name = excluded.preferred_name, dob = excluded.dob,
    gender = excluded.gender, social_worker = excluded.social_worker, sealed = excluded.sealed,
    dfe_no = excluded.dfe_no, admission_number = excluded.admission_number,
    delivery_seq = excluded.delivery_seq, "row" = excluded."row"
WHERE held.delivery_seq <= excluded.delivery_seq;

-- name: mark_current
-- A child that the newest snapshot lacks keeps its record, marked not current.
UPDATE council_pupil SET current = (delivery_seq = $1) WHERE current IS DISTINCT FROM (delivery_seq = $1);

-- name: remove_periods
-- Periods that the snapshot which counts for the child does not state.
DELETE FROM looked_after AS held
USING council_pupil AS child
WHERE child.pupil_id = held.pupil_id
    AND child.delivery_seq = $1
    AND NOT EXISTS (
        SELECT FROM staged_looked_after AS stated
        WHERE stated.pupil_id = held.pupil_id AND stated.first_day = held.first_day
    );

-- name: merge_periods
-- Periods of the children for whom this snapshot counts.
INSERT INTO looked_after AS held (pupil_id, first_day, last_day)
SELECT stated.pupil_id, stated.first_day, stated.last_day
FROM staged_looked_after AS stated
JOIN council_pupil AS child ON child.pupil_id = stated.pupil_id AND child.delivery_seq = $1
ON CONFLICT (pupil_id, first_day) DO UPDATE SET last_day = excluded.last_day
WHERE held.last_day IS DISTINCT FROM excluded.last_day;

-- name: refresh_statistics
-- A first snapshot makes an empty table large: the planner has to know before the next school asks.
ANALYZE council_pupil;

-- name: turn_index
-- One more snapshot is in the index: whoever keeps it in memory reads it again.
INSERT INTO index_state AS held (one, snapshots) VALUES (true, ARRAY[$1::bigint])
ON CONFLICT (one) DO UPDATE
SET snapshots = (SELECT array_agg(DISTINCT seq ORDER BY seq) FROM unnest(held.snapshots || excluded.snapshots) AS seq);

-- name: index_token
-- Which index is in force.
SELECT snapshots::text FROM index_state;

-- name: announce
-- What the others do not know yet of some schools' keys, noted as told. Only of a certain child, whether it is in care.
INSERT INTO identity AS told (
    dfe_no, pupil_key, version, pupil_id, outcome, social_worker, first_days, last_days
)
SELECT
    match.dfe_no, match.pupil_key, 1, match.pupil_id, match.outcome, child.social_worker IS NOT NULL,
    coalesce(care.first_days, '{}'), coalesce(care.last_days, '{}')
FROM pupil_match AS match
LEFT JOIN council_pupil AS child ON child.pupil_id = match.pupil_id
LEFT JOIN (
    SELECT
        pupil_id,
        array_agg(first_day ORDER BY first_day) AS first_days,
        array_agg(last_day ORDER BY first_day) AS last_days
    FROM looked_after
    GROUP BY pupil_id
) AS care ON care.pupil_id = match.pupil_id
WHERE match.dfe_no = ANY ($1::text[]) AND ($2::text[] IS NULL OR match.pupil_key = ANY ($2::text[]))
ORDER BY match.dfe_no, match.pupil_key
ON CONFLICT (dfe_no, pupil_key) DO UPDATE
SET version = told.version + 1, pupil_id = excluded.pupil_id, outcome = excluded.outcome,
    social_worker = excluded.social_worker, first_days = excluded.first_days, last_days = excluded.last_days
WHERE (told.pupil_id, told.outcome, told.social_worker, told.first_days, told.last_days)
    IS DISTINCT FROM
    (excluded.pupil_id, excluded.outcome, excluded.social_worker, excluded.first_days, excluded.last_days)
RETURNING dfe_no, pupil_key, version, pupil_id, outcome, social_worker, first_days, last_days;

-- name: retract
-- Keys that have given way are nobody.
UPDATE identity
SET version = version + 1, pupil_id = NULL, outcome = 'new', social_worker = false, first_days = '{}', last_days = '{}'
WHERE dfe_no = $1
    AND pupil_key = ANY ($2::text[])
    AND (pupil_id, outcome, social_worker, first_days) IS DISTINCT FROM (NULL, 'new', false, '{}'::date[])
RETURNING dfe_no, pupil_key, version, pupil_id, outcome, social_worker, first_days, last_days;

-- name: merge_decisions
-- A clerk's answer is written once; `ordinal` is its place in the topic, where one school has one partition.
INSERT INTO decision (
    decision_id, dfe_no, pupil_key, fingerprint, pupil_id, answer, decided_by, decided_at, why, ordinal
)
SELECT decision_id, dfe_no, pupil_key, fingerprint, pupil_id, answer, decided_by, decided_at, why, ordinal
FROM staged_decision
ON CONFLICT (decision_id) DO NOTHING;

-- name: last_words
-- The last answer on each child about keys of some schools (about all of them if no keys are given), oldest first.
SELECT fingerprint, pupil_id, answer
FROM (
    SELECT DISTINCT ON (dfe_no, pupil_key, fingerprint, pupil_id) fingerprint, pupil_id, answer, ordinal
    FROM decision
    WHERE dfe_no = ANY ($1::text[]) AND ($2::text[] IS NULL OR pupil_key = ANY ($2::text[]))
    ORDER BY dfe_no, pupil_key, fingerprint, pupil_id, ordinal DESC
) AS last
ORDER BY ordinal;

-- name: keep_identity
-- After a replay: what was told (`told_identity`) goes on being counted, and a key that is no more is known to be nobody.
INSERT INTO identity AS built (dfe_no, pupil_key, version, pupil_id, outcome, social_worker, first_days, last_days)
SELECT dfe_no, pupil_key, version, NULL, 'new', false, '{}', '{}' FROM told_identity
ON CONFLICT (dfe_no, pupil_key) DO UPDATE SET version = excluded.version WHERE built.version < excluded.version;
