-- What schools reported, what follows from it, and what was told. Names are unqualified: the search path chooses the schema.

-- Each exclusions delivery, and what may be concluded from a row's absence from it.
CREATE TABLE filing (
    dfe_no text NOT NULL,
    delivery_seq bigint NOT NULL,
    received_on date NOT NULL,
    completeness text NOT NULL,
    refused_keys text[] NOT NULL,
    refused_starts date[] NOT NULL,
    PRIMARY KEY (dfe_no, delivery_seq)
);

-- Its rows as events carried them, without names: a school's state can be made again from these alone.
CREATE TABLE filed_row (
    dfe_no text NOT NULL,
    delivery_seq bigint NOT NULL,
    "row" integer NOT NULL,
    pupil_key text NOT NULL,
    id_key text,
    upn text,
    nc_year text,
    start_date date NOT NULL,
    end_date date,
    sessions integer,
    type text NOT NULL,
    type_as_sent text,
    reasons text[] NOT NULL,
    description text,
    action_code text,
    cancelled boolean NOT NULL,
    PRIMARY KEY (dfe_no, delivery_seq, "row"),
    FOREIGN KEY (dfe_no, delivery_seq) REFERENCES filing
);
CREATE INDEX filed_row_pupil ON filed_row (dfe_no, pupil_key);

-- Who a pupil of a school is, as matching last said; looked_after_to is empty where a period is open.
CREATE TABLE identity (
    dfe_no text NOT NULL,
    pupil_key text NOT NULL,
    record_key text NOT NULL UNIQUE,
    pupil_id text,
    outcome text NOT NULL,
    looked_after_from date[] NOT NULL,
    looked_after_to date[] NOT NULL,
    social_worker boolean NOT NULL,
    PRIMARY KEY (dfe_no, pupil_key)
);

-- The school days of a year; '' is the county. A school has a row of its own where its days differ.
CREATE TABLE school_day (
    dfe_no text NOT NULL,
    academic_year integer NOT NULL,
    days date[] NOT NULL,
    PRIMARY KEY (dfe_no, academic_year)
);

-- The newest calendar delivery that mentions a year.
CREATE TABLE calendar_year (
    academic_year integer PRIMARY KEY,
    delivery_seq bigint NOT NULL
);

-- The rows of that delivery that touch the year; '' is the county.
CREATE TABLE calendar_row (
    academic_year integer NOT NULL REFERENCES calendar_year,
    "row" integer NOT NULL,
    dfe_no text NOT NULL,
    date_from date NOT NULL,
    date_to date NOT NULL,
    kind text NOT NULL,
    PRIMARY KEY (academic_year, "row")
);

-- Days on which every pupil of a school has the mark #.
CREATE TABLE closed_days (
    dfe_no text NOT NULL,
    academic_year integer NOT NULL,
    days date[] NOT NULL,
    PRIMARY KEY (dfe_no, academic_year)
);

-- One suspension as its school last told it, and what follows from it. `child` holds the rows of one child together.
CREATE TABLE suspension (
    suspension_id text PRIMARY KEY,
    dfe_no text NOT NULL,
    pupil_key text NOT NULL,
    start_date date NOT NULL,
    type text NOT NULL,
    id_key text,
    upn text,
    sent_end_date date,
    sessions integer,
    reason text,
    nc_year text,
    action_code text,
    description text,
    cancelled boolean NOT NULL,
    delivery_seq bigint NOT NULL,
    "row" integer NOT NULL,
    received_on date NOT NULL,
    carried boolean NOT NULL,
    cancelled_on date,
    unreported_seq bigint,
    unreported_on date,
    child text NOT NULL,
    pupil_id text,
    looked_after boolean NOT NULL,
    social_worker boolean NOT NULL,
    end_date date,
    school_days numeric,
    days_this_term numeric NOT NULL,
    days_this_year numeric NOT NULL,
    chain_id text,
    chain_school_days numeric,
    day_six_date date,
    day_six_if_half_day date,
    UNIQUE (dfe_no, pupil_key, start_date, type)
);
CREATE INDEX suspension_child ON suspension (child);

-- Every alert raised, as published. `subject` is the suspension after which its versions are counted, `shown` the one it
-- shows; `is_current`: no other supersedes it.
CREATE TABLE alert (
    alert_id text PRIMARY KEY,
    kind text NOT NULL,
    subject text NOT NULL,
    period text NOT NULL,
    version integer NOT NULL,
    shown text NOT NULL,
    is_current boolean NOT NULL DEFAULT true,
    pupil_id text,
    dfe_no text NOT NULL,
    pupil_key text NOT NULL,
    due_date date,
    raised_from_delivery_seq bigint NOT NULL,
    raised_at timestamptz NOT NULL,
    supersedes text[] NOT NULL,
    event bytea NOT NULL,
    UNIQUE (subject, kind, period, version)
);
CREATE INDEX alert_shown ON alert (shown);

-- The suspensions on which each current alert rests.
CREATE TABLE alert_member (
    suspension_id text NOT NULL,
    alert_id text NOT NULL REFERENCES alert,
    PRIMARY KEY (suspension_id, alert_id)
);
CREATE INDEX alert_member_alert ON alert_member (alert_id);
