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

-- name: positions
-- How far the consumer has come on some partitions.
SELECT topic, partition, next
FROM position
JOIN unnest($1::text[], $2::integer[]) AS asked (topic, partition) USING (topic, partition);

-- name: begin_position
-- The first position of a partition; nothing comes back if there is one already.
INSERT INTO position (topic, partition, next) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
RETURNING next;

-- name: move_position
-- The position moves only from where its mover believes it to be; nothing comes back if it is elsewhere.
UPDATE position SET next = $4 WHERE topic = $1 AND partition = $2 AND next = $3
RETURNING next;

-- name: note_applied
-- A delivery has had its effect; the first time counts.
INSERT INTO applied (sender, dataset, delivery_seq) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING;

-- name: note_parked
-- Work that was passed over because it can never be applied.
INSERT INTO parked (topic, partition, "offset", sender, dataset, delivery_seq, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (topic, partition, "offset") DO UPDATE SET reason = excluded.reason, parked_at = excluded.parked_at;

-- name: note_incident
-- A block that did not arrive as it was sent.
INSERT INTO incident (topic, partition, "offset", sender, dataset, delivery_seq, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING;

-- name: take_relay_lock
-- Whether this session is the relay; asking again is true for the session that is.
SELECT pg_try_advisory_lock(hashtextextended('relay', 0));

-- name: set_lease
-- A session that says nothing for so long is ended by the server, and its lock is free.
SELECT set_config('idle_session_timeout', $1, false);

-- name: unpublished_topics
-- Topics that the relay has something for.
SELECT DISTINCT topic FROM outbox WHERE published_at IS NULL;

-- name: unpublished
-- The next records to publish, oldest first.
SELECT id, topic, partition, key, value, headers, outbox_key
FROM outbox
WHERE published_at IS NULL
ORDER BY id
LIMIT $1;

-- name: outbox_progress
-- Up to where the relay knows a topic.
SELECT partition, next FROM outbox_progress WHERE topic = $1;

-- name: note_outbox_progress
-- The relay knows these partitions up to here.
INSERT INTO outbox_progress (topic, partition, next)
SELECT topic, partition, next FROM unnest($1::text[], $2::integer[], $3::bigint[]) AS known (topic, partition, next)
ON CONFLICT (topic, partition) DO UPDATE SET next = greatest(outbox_progress.next, excluded.next);

-- name: note_published
-- These records are in their topics: what they say is no longer kept here, only that it was said, and when.
UPDATE outbox
SET published_at = $1, key = '', value = NULL, headers = '{}'
WHERE outbox_key = ANY ($2::text[]) AND published_at IS NULL;

-- name: is_prepared
-- Whether the schema has the engine's tables.
SELECT to_regclass('position') IS NOT NULL AND to_regclass('outbox') IS NOT NULL;

-- name: all_positions
-- How far the consumer has come everywhere.
SELECT topic, partition, next FROM position;

-- name: left_to_do
-- What waits for the relay, and what waits for a person.
SELECT
    (SELECT count(*) FROM outbox WHERE published_at IS NULL) AS unpublished,
    (SELECT count(*) FROM parked) AS parked,
    (SELECT count(*) FROM incident) AS incidents;
