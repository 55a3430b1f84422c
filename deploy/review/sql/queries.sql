-- name: open_questions
-- What waits for a person, without a word about any child: no clerk has spoken of it, or a candidate is left to speak of.
WITH last_word AS (
    SELECT question, pupil_id
    FROM (
        SELECT DISTINCT ON (fingerprint, pupil_id) fingerprint AS question, pupil_id, answer
        FROM decision
        ORDER BY fingerprint, pupil_id, ordinal DESC
    ) AS last
    WHERE answer <> 'withdrawn'
)
SELECT m.question, m.dfe_no, m.dataset, m.delivery_seq, m."row", m.reasons, cardinality(m.candidates) AS candidates
FROM pupil_match AS m
WHERE m.outcome = 'possible'
    AND ($1::text IS NULL OR m.dfe_no = $1)
    AND (
        cardinality(m.candidates) = 0
        OR EXISTS (SELECT FROM unnest(m.candidates) AS shown (pupil_id) WHERE NOT EXISTS (
            SELECT FROM last_word AS w WHERE w.question = m.question AND w.pupil_id = shown.pupil_id
        ))
    )
    AND NOT EXISTS (SELECT FROM last_word AS w WHERE w.question = m.question AND w.pupil_id IS NULL)
ORDER BY m.dfe_no, m.dataset, m.delivery_seq, m."row", m.question;

-- name: restricted
-- Rows that touch a sealed record: where they stand and nothing more.
SELECT m.question, m.dfe_no, m.dataset, m.delivery_seq, m."row"
FROM restricted_row AS r
JOIN pupil_match AS m USING (dfe_no, pupil_key)
WHERE $1::text IS NULL OR m.dfe_no = $1
ORDER BY m.dfe_no, m.dataset, m.delivery_seq, m."row", m.question;

-- name: question
-- One question, by any beginning of its name that no other has.
SELECT
    m.question, m.outcome, m.pupil_id, m.path, m.score::integer AS score, m.second, m.reasons, m.candidates, m.evidence,
    m.decided_by, m.rules,
    s.dfe_no, s.dataset, s.pupil_key, s.delivery_seq, s."row", s.upn, s.former_upn, s.admission_number, s.forename,
    s.surname, s.preferred_name, s.dob, s.gender, s.reported, s.doubled
FROM pupil_match AS m
JOIN seen AS s USING (dfe_no, dataset, pupil_key)
WHERE starts_with(m.question, $1)
ORDER BY m.question
LIMIT 2;

-- name: children
-- Children of the index by id; a sealed one is never among them.
SELECT
    pupil_id, upn, former_upn, first_name, surname, preferred_name, dob, gender, sealed, dfe_no, admission_number,
    current
FROM council_pupil
WHERE pupil_id = ANY ($1::text[]) AND NOT sealed;

-- name: answers
-- What clerks have said about a question, oldest first.
SELECT pupil_id, answer, decided_by, decided_at, why
FROM decision
WHERE fingerprint = $1
ORDER BY ordinal, decision_id;

-- name: is_obeyed
-- Whether matching knows an answer.
SELECT EXISTS (SELECT FROM decision WHERE decision_id = $1);
