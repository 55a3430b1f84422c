-- Who each (school, pupil key) is, and the row that led to it.
CREATE VIEW reporting.match AS
SELECT
    dfe_no,
    pupil_key,
    upn,
    outcome,
    pupil_id, -- only where the outcome is certain: the table sees to it
    path,
    score,
    reasons,
    decided_by,
    dataset,
    delivery_seq,
    "row"
FROM matching.pupil_match;
