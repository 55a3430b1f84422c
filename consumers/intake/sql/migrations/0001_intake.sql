-- What arrived, from whom, when, and what was refused.

-- One row per file, by the key of its ledger entry: a held file that is released changes its line.
CREATE TABLE delivery (
    ledger_key text PRIMARY KEY,
    sender text NOT NULL,
    dataset text, -- null: no header was recognised
    delivery_seq bigint, -- null: rejected or held; of a duplicate that of the delivery it repeats
    state text NOT NULL CHECK (state IN ('published', 'rejected', 'held', 'duplicate')),
    reason text,
    file_name text NOT NULL,
    sha256 text,
    rows_total integer,
    rows_accepted integer,
    rows_rejected integer,
    received_at timestamptz NOT NULL,
    published_at timestamptz,
    topic text,
    partition integer,
    end_offset bigint,
    academic_year integer,
    last_week date,
    units integer,
    ledger_offset bigint NOT NULL -- an older record of the same file never replaces a newer one
);
CREATE INDEX delivery_by_dataset ON delivery (sender, dataset, delivery_seq);

-- Refused rows and the rules they break; never a value.
CREATE TABLE rejected_row (
    sender text NOT NULL,
    dataset text NOT NULL,
    delivery_seq bigint NOT NULL,
    "row" integer NOT NULL,
    "column" text, -- null: the whole row
    rule text NOT NULL,
    UNIQUE NULLS NOT DISTINCT (sender, dataset, delivery_seq, "row", "column", rule)
);

-- The agreement register.
CREATE TABLE agreement (
    dfe_no text PRIMARY KEY,
    school_name text NOT NULL,
    contact text,
    datasets text[] NOT NULL,
    agreed_from date,
    agreed_to date,
    profile text NOT NULL
);

-- The day that `up` was told to take for today; no row: the date in London.
CREATE TABLE today_override (
    day date
);
