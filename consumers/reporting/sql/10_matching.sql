-- Who each (school, pupil key) is, and the row that led to it. `score` is in bits: what speaks for the child named, or
-- for the first that a person is asked about.
CREATE VIEW reporting.match AS
SELECT
    dfe_no,
    pupil_key,
    upn,
    outcome,
    pupil_id, -- only where the outcome is certain: the table sees to it
    path,
    round(score / 100, 2) AS score,
    reasons,
    decided_by,
    dataset,
    delivery_seq,
    "row"
FROM matching.pupil_match;
