CREATE TABLE tally (
    sender text NOT NULL,
    delivery_seq bigint NOT NULL,
    rows integer NOT NULL CHECK (rows < 1000),
    PRIMARY KEY (sender, delivery_seq)
);
CREATE TABLE seen (
    key text PRIMARY KEY
);
