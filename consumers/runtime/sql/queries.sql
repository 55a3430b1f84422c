-- name: set_search_path
-- Until the transaction ends, unqualified names mean this schema.
SELECT set_config('search_path', quote_ident($1), true);

-- name: hold_installation
-- One process at a time changes the tables of this schema, or the views.
SELECT pg_advisory_xact_lock(hashtextextended('installation/' || $1, 0));

-- name: schema_statement
-- The statement that makes the schema.
SELECT format('CREATE SCHEMA IF NOT EXISTS %I', $1::text);

-- name: empty_schema_statement
-- The statement that makes the schema anew and empty.
SELECT format('DROP SCHEMA IF EXISTS %1$I CASCADE; CREATE SCHEMA %1$I', $1::text);

-- name: make_migration_table
-- What has been done to the schema, and by which text.
CREATE TABLE IF NOT EXISTS migration (
    origin text NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (origin, name)
);

-- name: migrations_done
-- The migrations of the schema, with the checksum of each.
SELECT origin, name, checksum FROM migration;

-- name: note_migration
-- A migration is done.
INSERT INTO migration (origin, name, checksum) VALUES ($1, $2, $3);

-- name: lock
-- Names of this schema that nobody else may hold until the transaction ends; always in one order, so none waits in a ring.
SELECT pg_advisory_xact_lock(number)
FROM (
    SELECT DISTINCT hashtextextended(current_schema() || '/' || name, 0) AS number
    FROM unnest($1::text[]) AS name
    ORDER BY number
) AS numbers;

-- name: lock_shared
-- Names of this schema that nobody may hold alone until the transaction ends.
SELECT pg_advisory_xact_lock_shared(number)
FROM (
    SELECT DISTINCT hashtextextended(current_schema() || '/' || name, 0) AS number
    FROM unnest($1::text[]) AS name
    ORDER BY number
) AS numbers;

-- name: staging_statement
-- The statements that make an empty temporary table with some columns of another.
SELECT format(
    'DROP TABLE IF EXISTS pg_temp.%1$I; CREATE TEMPORARY TABLE %1$I ON COMMIT DROP AS SELECT %2$s FROM %3$I WITH NO DATA',
    'staged_' || $1::text,
    (SELECT string_agg(quote_ident(name), ', ' ORDER BY place) FROM unnest($2::text[]) WITH ORDINALITY AS c (name, place)),
    $1::text
);

-- name: enqueue
-- Records for the relay, in the order given; one whose key is known already is left as it is. Wakes the relay at commit.
WITH queued AS (
    INSERT INTO outbox (topic, partition, key, value, headers, outbox_key)
    SELECT topic, partition, key, value, headers::jsonb, outbox_key
    FROM unnest($1::text[], $2::integer[], $3::text[], $4::bytea[], $5::text[], $6::text[])
        WITH ORDINALITY AS given (topic, partition, key, value, headers, outbox_key, place)
    ORDER BY place
    ON CONFLICT (outbox_key) DO NOTHING
    RETURNING id
)
SELECT pg_notify('outbox', '') FROM queued LIMIT 1;
