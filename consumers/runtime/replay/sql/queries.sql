-- name: take_replay_lock
-- Whether this session alone rebuilds, swaps or drops states of the consumer.
SELECT pg_try_advisory_lock(hashtextextended('replay/' || $1, 0));

-- name: schema_exists
-- Whether there is a schema of that name.
SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1);

-- name: drop_schema_statement
-- The statement that removes a schema with all that is in it.
SELECT format('DROP SCHEMA IF EXISTS %I CASCADE', $1::text);

-- name: make_replay_table
-- What the state in this schema was made by; one row.
CREATE TABLE replay (
    is_one boolean PRIMARY KEY DEFAULT true CHECK (is_one),
    stage text NOT NULL,
    options jsonb NOT NULL,
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    report jsonb
);

-- name: begin_replay
-- A replay begins.
INSERT INTO replay (stage, options) VALUES ('building', $1);

-- name: replay_of
-- The replay that makes, or made, this schema.
SELECT stage, options, report FROM replay;

-- name: note_stage
-- How far the replay is, and what it has found.
UPDATE replay SET stage = $1, report = coalesce($2, report);

-- name: built_tables
-- The tables of a schema that are made from topics, with their columns, their keys, and the column that names the school.
SELECT
    c.relname AS name,
    array_agg(a.attname::text ORDER BY a.attname) AS columns,
    coalesce(
        (
            SELECT array_agg(k.attname::text ORDER BY k.attname)
            FROM pg_index i
            JOIN pg_attribute k ON k.attrelid = i.indrelid AND k.attnum = ANY (i.indkey)
            WHERE i.indrelid = c.oid AND i.indisprimary
        ),
        array_agg(a.attname::text ORDER BY a.attname)
    ) AS keys,
    coalesce(
        min(a.attname::text) FILTER (WHERE a.attname = 'dfe_no'), min(a.attname::text) FILTER (WHERE a.attname = 'sender')
    ) AS school
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    AND a.attgenerated = ''
WHERE n.nspname = $1 AND c.relkind = 'r' AND c.relname <> ALL ($2::text[])
GROUP BY c.oid, c.relname
ORDER BY c.relname;

-- name: checksum_statement
-- The statement that counts a table's rows by school, with a checksum that no order of rows changes.
SELECT format(
    'SELECT %1$s AS school, count(*) AS rows, sum(hashtextextended(ROW(%2$s)::text, 0)::numeric)::text AS checksum'
    ' FROM %3$I.%4$I GROUP BY 1',
    CASE WHEN $4::text IS NULL THEN '''''' ELSE format('coalesce(%I, '''')', $4::text) END,
    (SELECT string_agg(quote_ident(name), ', ' ORDER BY name) FROM unnest($3::text[]) AS name),
    $1::text,
    $2::text
);

-- name: dump_statement
-- The statement that writes a table out, row by row, in an order of its own.
SELECT format(
    'SELECT ROW(%1$s)::text AS row FROM %2$I.%3$I ORDER BY 1',
    (SELECT string_agg(quote_ident(name), ', ' ORDER BY name) FROM unnest($3::text[]) AS name),
    $1::text,
    $2::text
);

-- name: difference_statement
-- The statement that counts the rows of some schools that one table has and another has not, or has otherwise.
SELECT format(
    'WITH held AS (SELECT ROW(%1$s)::text AS key, ROW(%2$s)::text AS content FROM %4$I.%6$I WHERE %3$s = ANY ($1)),'
    ' built AS (SELECT ROW(%1$s)::text AS key, ROW(%2$s)::text AS content FROM %5$I.%6$I WHERE %3$s = ANY ($1))'
    ' SELECT CASE WHEN held.key IS NULL THEN ''added'' WHEN built.key IS NULL THEN ''removed'' ELSE ''changed'' END'
    ' AS what, count(*) AS rows, (array_agg(key ORDER BY key))[1:5] AS samples'
    ' FROM held FULL JOIN built USING (key) WHERE held.content IS DISTINCT FROM built.content GROUP BY 1 ORDER BY 1',
    (SELECT string_agg(quote_ident(name), ', ' ORDER BY name) FROM unnest($5::text[]) AS name),
    (SELECT string_agg(quote_ident(name), ', ' ORDER BY name) FROM unnest($4::text[]) AS name),
    CASE WHEN $6::text IS NULL THEN '''''' ELSE format('coalesce(%I, '''')', $6::text) END,
    $1::text,
    $2::text,
    $3::text
);

-- name: keep_times_statement
-- The statement by which what both states have noted keeps the time of its first noting.
SELECT format(
    'WITH a AS ('
    '    UPDATE %2$I.applied AS built SET applied_at = held.applied_at FROM %1$I.applied AS held'
    '    WHERE (held.sender, held.dataset, held.delivery_seq) = (built.sender, built.dataset, built.delivery_seq)'
    '        AND held.applied_at <> built.applied_at'
    '), p AS ('
    '    UPDATE %2$I.parked AS built SET parked_at = held.parked_at FROM %1$I.parked AS held'
    '    WHERE (held.topic, held.partition, held."offset") = (built.topic, built.partition, built."offset")'
    '        AND held.parked_at <> built.parked_at'
    ') UPDATE %2$I.incident AS built SET noticed_at = held.noticed_at FROM %1$I.incident AS held'
    '    WHERE (held.topic, held.partition, held."offset", held.reason)'
    '        = (built.topic, built.partition, built."offset", built.reason) AND held.noticed_at <> built.noticed_at',
    $1::text,
    $2::text
);

-- name: lock_positions_statement
-- The statement by which the positions of a state stand still until the transaction ends.
SELECT format('LOCK TABLE %I.position IN EXCLUSIVE MODE', $1::text);

-- name: positions_statement
-- The statement that reads all positions of a state.
SELECT format('SELECT topic, partition, next FROM %I.position', $1::text);

-- name: older_readers
-- Sessions whose snapshot is older than the last change of the shadow: they would see it half made.
SELECT count(*)
FROM pg_stat_activity
WHERE datname = current_database()
    AND pid <> pg_backend_pid()
    AND backend_xmin IS NOT NULL
    AND (application_name NOT LIKE 'pupilstream %' OR application_name = 'pupilstream reporting')
    AND age(backend_xmin) >= $1;

-- name: last_change_statement
-- The statement that tells how many transactions ago a state last changed.
SELECT format('SELECT coalesce(min(age(xmin)), 0) FROM %I.position', $1::text);

-- name: standing_on
-- Views, and functions with a body that holds on to tables, that stand on the tables of a schema: how to make them again.
SELECT DISTINCT view.oid, format('CREATE OR REPLACE VIEW %I.%I%s AS %s', vn.nspname, view.relname,
    coalesce(' WITH (' || array_to_string(view.reloptions, ', ') || ')', ''), pg_get_viewdef(view.oid)) AS statement
FROM pg_depend AS d
JOIN pg_rewrite AS r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
JOIN pg_class AS view ON view.oid = r.ev_class AND view.relkind = 'v'
JOIN pg_namespace AS vn ON vn.oid = view.relnamespace
JOIN pg_class AS t ON t.oid = d.refobjid AND d.refclassid = 'pg_class'::regclass AND t.relkind = 'r'
JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
WHERE tn.nspname = $1
UNION
SELECT DISTINCT f.oid, pg_get_functiondef(f.oid)
FROM pg_depend AS d
JOIN pg_proc AS f ON f.oid = d.objid AND d.classid = 'pg_proc'::regclass
JOIN pg_class AS t ON t.oid = d.refobjid AND d.refclassid = 'pg_class'::regclass AND t.relkind = 'r'
JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
WHERE tn.nspname = $1
ORDER BY 1;

-- name: rename_schema_statement
-- The statement that gives a schema another name.
SELECT format('ALTER SCHEMA %I RENAME TO %I', $1::text, $2::text);

-- name: exchange_table_statement
-- The statements by which two schemas exchange a table.
SELECT format(
    'CREATE SCHEMA %4$I; ALTER TABLE %1$I.%3$I SET SCHEMA %4$I; ALTER TABLE %2$I.%3$I SET SCHEMA %1$I;'
    ' ALTER TABLE %4$I.%3$I SET SCHEMA %2$I; DROP SCHEMA %4$I',
    $1::text, $2::text, $3::text, $1::text || '_in_exchange'
);

-- name: limit_lock_waits
-- A lock that is not given at once is not waited for: whoever holds it goes first.
SELECT set_config('lock_timeout', $1, true);

-- name: grants
-- What others may do in a schema, as statements that grant the same in another, or the same one made anew.
WITH given (kind, target, privilege, item) AS (
    SELECT 'SCHEMA', quote_ident($2), '', a
    FROM pg_namespace n, aclexplode(n.nspacl) AS a
    WHERE n.nspname = $1
    UNION ALL
    SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, format('%I.%I', $2::text, c.relname), '', a
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) AS a
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'v', 'S')
    UNION ALL
    SELECT 'TABLE', format('%I.%I', $2::text, c.relname), format(' (%I)', k.attname), a
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute k ON k.attrelid = c.oid,
        aclexplode(k.attacl) AS a
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'v')
    UNION ALL
    SELECT 'FUNCTION', format('%I.%I(%s)', $2::text, f.proname, pg_get_function_identity_arguments(f.oid)), '', a
    FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace, aclexplode(f.proacl) AS a
    WHERE n.nspname = $1
)
SELECT format(
    'GRANT %s%s ON %s %s TO %s%s',
    (item).privilege_type,
    privilege,
    kind,
    target,
    CASE (item).grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid((item).grantee)) END,
    CASE WHEN (item).is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
) AS statement
FROM given
ORDER BY 1;

-- name: built_by_others
-- Views of others that stand on those of a schema, directly or not, each after what it stands on: its schema, its name,
-- and how to make it again.
WITH RECURSIVE above (oid, depth) AS (
    SELECT view.oid, 0
    FROM pg_class AS view
    JOIN pg_namespace AS n ON n.oid = view.relnamespace
    WHERE n.nspname = $1 AND view.relkind = 'v'
    UNION
    SELECT r.ev_class, above.depth + 1
    FROM above
    JOIN pg_depend AS d ON d.refobjid = above.oid AND d.refclassid = 'pg_class'::regclass
    JOIN pg_rewrite AS r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass AND r.ev_class <> above.oid
)
SELECT n.nspname AS schema, view.relname AS name, format('CREATE VIEW %I.%I%s AS %s', n.nspname, view.relname,
    coalesce(' WITH (' || array_to_string(view.reloptions, ', ') || ')', ''), pg_get_viewdef(view.oid)) AS statement
FROM above
JOIN pg_class AS view ON view.oid = above.oid AND view.relkind = 'v'
JOIN pg_namespace AS n ON n.oid = view.relnamespace AND n.nspname <> $1
GROUP BY view.oid, n.nspname, view.relname, view.reloptions
ORDER BY max(above.depth), 1, 2;

-- name: installed_views
-- Which text the views were made from, and how many of them were made, if all are still there.
SELECT obj_description(n.oid, 'pg_namespace')
FROM pg_namespace AS n
WHERE n.nspname = $1
    AND obj_description(n.oid, 'pg_namespace') LIKE '% ' || (
        SELECT count(*) FROM pg_class AS view WHERE view.relnamespace = n.oid AND view.relkind = 'v'
    );

-- name: note_installed_views_statement
-- The statement that notes which text the views were made from.
SELECT format('COMMENT ON SCHEMA %1$I IS %2$L', $1::text, $2::text || ' ' || (
    SELECT count(*) FROM pg_class AS view WHERE view.relnamespace = $1::regnamespace AND view.relkind = 'v'
));

-- name: last_words_statement
-- The statement that finds what a state would have told last on each key of some topics.
SELECT format(
    'SELECT DISTINCT ON (topic, partition, key) topic, partition, key, value, headers FROM %I.outbox'
    ' WHERE topic = ANY ($1) ORDER BY topic, partition, key, id DESC',
    $1::text
);

-- name: unpublished_words_statement
-- The statement that finds what waits to be told on each key of some topics.
SELECT format(
    'SELECT DISTINCT ON (topic, partition, key) topic, partition, key, value FROM %I.outbox'
    ' WHERE topic = ANY ($1) AND published_at IS NULL ORDER BY topic, partition, key, id DESC',
    $1::text
);

-- name: spoken_topics_statement
-- The statement that finds on which of some topics a state has told anything.
SELECT format('SELECT DISTINCT topic FROM %I.outbox WHERE topic = ANY ($1)', $1::text);

-- name: told_view_statement
-- The statement that lets a table of another schema be read as `told_<table>`, in this session.
SELECT format('CREATE OR REPLACE TEMPORARY VIEW %I AS SELECT * FROM %I.%I', 'told_' || $2::text, $1::text, $2::text);

-- name: forget_told_view_statement
-- The statement that ends this.
SELECT format('DROP VIEW pg_temp.%I', 'told_' || $1::text);

-- name: history_copy_statement
-- The statements by which a name means a copy of a table of another schema, keys included, in this session.
SELECT format(
    'CREATE TEMPORARY TABLE %2$I (LIKE %1$I.%2$I INCLUDING ALL); INSERT INTO pg_temp.%2$I SELECT * FROM %1$I.%2$I',
    $1::text, $2::text
);

-- name: tables_in_order
-- The tables of a schema, each after those it refers to.
WITH RECURSIVE placed (oid, depth) AS (
    SELECT c.oid, 0
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind = 'r'
    UNION
    SELECT f.conrelid, placed.depth + 1
    FROM placed
    JOIN pg_constraint AS f ON f.confrelid = placed.oid AND f.contype = 'f' AND f.conrelid <> f.confrelid
)
SELECT c.relname AS name FROM placed JOIN pg_class AS c USING (oid) GROUP BY c.oid, c.relname ORDER BY max(depth), c.relname;

-- name: outside_condition
-- The condition by which a row (`one`) lies outside a scope: of another school than $1, of a year before $2, or of a sender
-- of $3 and a year up to that of $4. It is given the column that names the school, and whether the table goes by years.
SELECT format(
    '(($1::text IS NOT NULL AND %s) OR ($2::integer IS NOT NULL AND %s) OR %s)',
    CASE WHEN $1::text IS NULL THEN 'true' ELSE format('one.%I IS DISTINCT FROM $1', $1::text) END,
    CASE WHEN $2::boolean THEN 'one.academic_year < $2' ELSE 'false' END,
    CASE
        WHEN $1::text IS NULL THEN '(false AND $3::text[] IS NULL AND $4::integer[] IS NULL)'
        ELSE format(
            'EXISTS (SELECT FROM unnest($3::text[], $4::integer[]) AS lost (sender, year) WHERE lost.sender = one.%I%s)',
            $1::text, CASE WHEN $2::boolean THEN ' AND one.academic_year <= lost.year' ELSE '' END
        )
    END
);

-- name: remove_foreign_statement
-- The statement that removes rows outside a scope ($4) from a rebuilt table ($2.$3) that the live one ($1) has not, by
-- keys ($5); without a primary key ($6) all columns are the key.
SELECT format(
    'DELETE FROM %2$I.%3$I AS one WHERE %4$s AND NOT EXISTS (SELECT FROM %1$I.%3$I AS held WHERE %5$s)',
    $1::text, $2::text, $3::text, $4::text,
    (
        SELECT string_agg(
            format(CASE WHEN $6::boolean THEN 'held.%1$I = one.%1$I' ELSE 'held.%1$I IS NOT DISTINCT FROM one.%1$I' END, name),
            ' AND '
        )
        FROM unnest($5::text[]) AS name
    )
);

-- name: adopt_statement
-- The statement that puts the live table's ($1.$3) rows outside a scope ($4) into the rebuilt one ($2), columns $5, keys $6;
-- without a primary key ($7) what is there stays.
SELECT format(
    'INSERT INTO %2$I.%3$I AS built (%5$s) SELECT %5$s FROM %1$I.%3$I AS one WHERE %4$s ON CONFLICT %6$s',
    $1::text, $2::text, $3::text, $4::text,
    (SELECT string_agg(quote_ident(name), ', ' ORDER BY name) FROM unnest($5::text[]) AS name),
    CASE
        WHEN $7::boolean AND cardinality($5::text[]) > cardinality($6::text[]) THEN format(
            '(%s) DO UPDATE SET %s WHERE (%s) IS DISTINCT FROM (%s)',
            (SELECT string_agg(quote_ident(name), ', ') FROM unnest($6::text[]) AS name),
            (
                SELECT string_agg(format('%1$I = excluded.%1$I', name), ', ' ORDER BY name)
                FROM unnest($5::text[]) AS name WHERE name <> ALL ($6::text[])
            ),
            (
                SELECT string_agg(format('built.%I', name), ', ' ORDER BY name)
                FROM unnest($5::text[]) AS name WHERE name <> ALL ($6::text[])
            ),
            (
                SELECT string_agg(format('excluded.%I', name), ', ' ORDER BY name)
                FROM unnest($5::text[]) AS name WHERE name <> ALL ($6::text[])
            )
        )
        ELSE 'DO NOTHING'
    END
);

-- name: adopt_applied_statement
-- The statement by which deliveries of some senders that the live state has applied count as applied in the rebuilt one.
SELECT format(
    'INSERT INTO %2$I.applied SELECT * FROM %1$I.applied WHERE sender = ANY ($1) ON CONFLICT DO NOTHING',
    $1::text, $2::text
);
