-- What is kept of registers. Names are unqualified: the search path chooses the schema.

-- A pupil at a school in one academic year: one row for all its sessions, because a weekly file repeats the year.
CREATE TABLE enrolment (
    dfe_no text NOT NULL,
    pupil_key text NOT NULL,
    academic_year integer NOT NULL,
    upn text,
    admission_number text,
    enrolment_status text NOT NULL,
    part_time boolean,
    status_from date NOT NULL, -- Start Date and delivery of the row that the four columns before come from
    status_seq bigint NOT NULL,
    first_day date GENERATED ALWAYS AS (first_week) STORED,
    marks text NOT NULL, -- one text a session, to a Sunday, between tabs: '' a blank mark, ' ' in no file
    kinds text NOT NULL, -- one letter a session: what it counts as on its day
    seqs text NOT NULL, -- how many covered sessions, in order, come from which delivery: 390x39
    possible integer NOT NULL,
    attended integer NOT NULL,
    authorised integer NOT NULL,
    unauthorised integer NOT NULL,
    late_before integer NOT NULL,
    late_after integer NOT NULL,
    no_mark integer NOT NULL,
    unknown_mark integer NOT NULL,
    first_week date,
    last_week date,
    delivery_seq bigint NOT NULL,
    PRIMARY KEY (dfe_no, pupil_key, academic_year)
) WITH (fillfactor = 50); -- every week a new version of every row: it finds room beside the old one

-- What the registers of a school add up to: totals of marks, mornings and afternoons; the Mondays to Fridays that some
-- file covers; those on which every pupil has a planned closure.
CREATE TABLE school_year (
    dfe_no text NOT NULL,
    academic_year integer NOT NULL,
    codes text[] NOT NULL,
    am integer[] NOT NULL,
    pm integer[] NOT NULL,
    covered_days date[] NOT NULL,
    closed_days date[] NOT NULL,
    PRIMARY KEY (dfe_no, academic_year)
);

-- Marks that a delivery changed.
CREATE TABLE register_correction (
    dfe_no text NOT NULL,
    pupil_key text NOT NULL,
    academic_year integer NOT NULL,
    week_start date NOT NULL,
    session integer NOT NULL CHECK (session BETWEEN 1 AND 14),
    old_mark text NOT NULL,
    new_mark text NOT NULL,
    delivery_seq bigint NOT NULL,
    PRIMARY KEY (dfe_no, pupil_key, academic_year, week_start, session, delivery_seq)
);

-- From which delivery on an enrolment stands under another key; rows of older deliveries, applied late, follow it.
CREATE TABLE key_change (
    dfe_no text NOT NULL,
    academic_year integer NOT NULL,
    old_key text NOT NULL,
    new_key text NOT NULL,
    delivery_seq bigint NOT NULL,
    PRIMARY KEY (dfe_no, academic_year, old_key, delivery_seq)
);
