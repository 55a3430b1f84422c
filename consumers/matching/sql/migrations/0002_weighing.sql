-- Details weighed in bits, clerks' answers obeyed, sealed rows apart. The index is looked through in memory, so the
-- table needs no way but its key.
DROP INDEX council_pupil_upn, council_pupil_former_upn, council_pupil_admission, council_pupil_dob, council_pupil_names;
ALTER TABLE council_pupil DROP COLUMN name_key;

-- Which snapshots the index has taken: the same ones make the same index, in whatever order they came.
CREATE TABLE index_state (
    one boolean PRIMARY KEY CHECK (one),
    snapshots bigint[] NOT NULL
);

ALTER TABLE seen
    ADD COLUMN doubled boolean NOT NULL DEFAULT false, -- rows of the file claim the key for two people
    ADD COLUMN question text NOT NULL DEFAULT ''; -- keyed hash of who is shown

-- `score` and `second` are hundredths of a bit, of the child chosen and of the next one.
ALTER TABLE pupil_match
    DROP CONSTRAINT pupil_match_score_check,
    ADD COLUMN second integer,
    ADD COLUMN evidence text NOT NULL DEFAULT '', -- what the score is made of, field by field
    ADD COLUMN rules text NOT NULL DEFAULT '', -- version of the weights
    ADD COLUMN question text NOT NULL DEFAULT '';

-- Rows that touch a sealed child, and which: nobody reads it but by right of its own.
CREATE TABLE restricted_row (
    dfe_no text NOT NULL,
    pupil_key text NOT NULL,
    pupil_id text NOT NULL,
    PRIMARY KEY (dfe_no, pupil_key)
);
REVOKE ALL ON restricted_row FROM PUBLIC;

ALTER TABLE decision
    ADD COLUMN why text,
    ADD COLUMN ordinal bigint NOT NULL DEFAULT 0; -- its place in the topic
CREATE INDEX decision_key ON decision (dfe_no, pupil_key);
