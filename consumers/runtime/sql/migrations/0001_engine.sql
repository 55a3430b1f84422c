-- What the engine keeps in every consumer's schema. Names are unqualified: the search path chooses the schema.

-- The next offset to apply; moves in the same transaction as the effects, by compare-and-set.
CREATE TABLE position (
    topic text NOT NULL,
    partition integer NOT NULL,
    next bigint NOT NULL CHECK (next >= 0),
    PRIMARY KEY (topic, partition)
);

-- One row per delivery that has had its effect.
CREATE TABLE applied (
    sender text NOT NULL,
    dataset text NOT NULL,
    delivery_seq bigint NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (sender, dataset, delivery_seq)
);

-- Work that can never be applied: where to read it again, and why; never what it says.
CREATE TABLE parked (
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    sender text,
    dataset text,
    delivery_seq bigint,
    reason text NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (topic, partition, "offset")
);

-- Blocks that arrived torn: the protocol below us failed, and a person has to look.
CREATE TABLE incident (
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    sender text,
    dataset text,
    delivery_seq bigint,
    reason text NOT NULL,
    noticed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (topic, partition, "offset", reason)
);

-- Records to publish, written with the effects that give rise to them. The key tells whether one is in the topic already.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    partition integer NOT NULL,
    key text NOT NULL,
    value bytea,
    headers jsonb NOT NULL DEFAULT '{}',
    outbox_key text NOT NULL UNIQUE,
    published_at timestamptz
);
CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_at IS NULL;

-- How far the relay knows what its topics hold.
CREATE TABLE outbox_progress (
    topic text NOT NULL,
    partition integer NOT NULL,
    next bigint NOT NULL CHECK (next >= 0),
    PRIMARY KEY (topic, partition)
);
