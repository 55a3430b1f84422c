-- Who each row is. Every table but `identity` is a function of the newest delivery that carries each unit.

-- The council's index: of each child what the last snapshot with it says.
CREATE TABLE council_pupil (
    pupil_id text PRIMARY KEY,
    upn text,
    former_upn text,
    first_name text,
    surname text,
    preferred_name text,
    dob date,
    gender text,
    social_worker text,
    sealed boolean NOT NULL,
    dfe_no text,
    admission_number text,
    name_key text, -- forename and surname as they are compared, in any order
    current boolean NOT NULL DEFAULT true, -- in the newest snapshot
    delivery_seq bigint NOT NULL,
    "row" integer NOT NULL
);
CREATE INDEX council_pupil_upn ON council_pupil (upn);
CREATE INDEX council_pupil_former_upn ON council_pupil (former_upn);
CREATE INDEX council_pupil_admission ON council_pupil (dfe_no, admission_number);
CREATE INDEX council_pupil_dob ON council_pupil (dob) WHERE NOT sealed;
CREATE INDEX council_pupil_names ON council_pupil (name_key) WHERE NOT sealed;

-- Periods in care, both ends included.
CREATE TABLE looked_after (
    pupil_id text NOT NULL REFERENCES council_pupil,
    first_day date NOT NULL,
    last_day date, -- null: still open
    PRIMARY KEY (pupil_id, first_day)
);

-- Of each sender and dataset the newest delivery, and for every pupil key the last delivery that carries it.
CREATE TABLE roll (
    sender text NOT NULL,
    dataset text NOT NULL,
    delivery_seq bigint NOT NULL,
    pupil_keys text[] NOT NULL DEFAULT '{}',
    last_seqs bigint[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (sender, dataset),
    CHECK (cardinality(pupil_keys) = cardinality(last_seqs))
);

-- The identity that a school shows under a pupil key, so that a new index is judged without reading files again.
CREATE TABLE seen (
    dfe_no text NOT NULL,
    dataset text NOT NULL,
    pupil_key text NOT NULL,
    delivery_seq bigint NOT NULL, -- with "row": the row from which the identity has stood unchanged
    "row" integer NOT NULL,
    upn text,
    former_upn text,
    admission_number text,
    forename text,
    surname text,
    preferred_name text,
    dob date,
    gender text,
    reported text[] NOT NULL, -- academic years; suspensions as start date and type
    id_key text,
    fingerprint text NOT NULL, -- keyed hash of the identity
    superseded boolean NOT NULL DEFAULT false, -- another key of the same child has taken its place
    PRIMARY KEY (dfe_no, pupil_key, dataset)
);

-- Who each (school, pupil key) is.
CREATE TABLE pupil_match (
    dfe_no text NOT NULL,
    pupil_key text NOT NULL,
    upn text,
    outcome text NOT NULL CHECK (outcome IN ('certain', 'possible', 'new', 'sealed')),
    pupil_id text,
    path text NOT NULL,
    score numeric CHECK (score BETWEEN 0 AND 100),
    reasons text[] NOT NULL,
    decided_by text NOT NULL DEFAULT 'rule',
    dataset text NOT NULL,
    delivery_seq bigint NOT NULL,
    "row" integer NOT NULL,
    candidates text[] NOT NULL, -- the child, or those a person is asked about
    claims text, -- the child that the row is certain to be, whoever else claims it
    contested boolean NOT NULL, -- another key of the school claims the same child
    PRIMARY KEY (dfe_no, pupil_key),
    CHECK ((outcome = 'certain') = (pupil_id IS NOT NULL))
);
CREATE INDEX pupil_match_claims ON pupil_match (dfe_no, claims) WHERE claims IS NOT NULL;
CREATE INDEX pupil_match_pupil_id ON pupil_match (pupil_id) WHERE pupil_id IS NOT NULL;

-- What the others have been told of each (school, pupil key), and how often: history, unlike the rest.
CREATE TABLE identity (
    dfe_no text NOT NULL,
    pupil_key text NOT NULL,
    version integer NOT NULL,
    pupil_id text,
    outcome text NOT NULL,
    social_worker boolean NOT NULL,
    first_days date[] NOT NULL, -- of each period in care, and its last day at the same place
    last_days date[] NOT NULL,
    PRIMARY KEY (dfe_no, pupil_key)
);

-- What clerks answered.
CREATE TABLE decision (
    decision_id text PRIMARY KEY,
    dfe_no text NOT NULL,
    pupil_key text NOT NULL,
    fingerprint text NOT NULL,
    pupil_id text,
    answer text NOT NULL,
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL
);
