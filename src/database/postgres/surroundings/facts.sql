-- What decides on hazards: one row for each relation, function and type that was asked for, and what is
-- known of it as JSON. Nothing here waits for a lock: sizes come from the server's statistics.
--
-- $1 what is asked for: table, index, function, type. $2 its place among the questions. $3 the name as
-- it can be looked up, quoted; a type as it was written.
WITH RECURSIVE asked AS MATERIALIZED (
    SELECT a.* FROM unnest($1::text[], $2::int4[], $3::text[]) AS a(kind, i, name)
),
-- The type, and the types that it is made of or that are made of it.
meant AS MATERIALIZED (
    SELECT a.i, to_regtype(a.name)::oid AS oid FROM asked AS a WHERE a.kind = 'type'
),
base AS (
    SELECT m.i, t.oid, t.typbasetype, t.typnotnull
    FROM meant AS m JOIN pg_catalog.pg_type AS t ON t.oid = m.oid
    UNION ALL
    SELECT b.i, t.oid, t.typbasetype, t.typnotnull
    FROM base AS b JOIN pg_catalog.pg_type AS t ON t.oid = b.typbasetype
),
derived AS (
    SELECT m.i, m.oid FROM meant AS m WHERE m.oid IS NOT NULL
    UNION
    SELECT d.i, t.oid
    FROM derived AS d
    JOIN pg_catalog.pg_type AS t
        ON (t.typbasetype = d.oid AND t.typtype = 'd') OR (t.typelem = d.oid AND t.typcategory = 'A')
),
-- The relations, and as what they were asked for.
relation AS MATERIALIZED (
    SELECT a.kind, a.i, to_regclass(a.name)::oid AS oid FROM asked AS a WHERE a.kind = 'table'
    UNION ALL
    SELECT a.kind, a.i, x.indrelid
    FROM asked AS a JOIN pg_catalog.pg_index AS x ON x.indexrelid = to_regclass(a.name)
    WHERE a.kind = 'index'
    UNION ALL
    SELECT DISTINCT 'user', d.i, c.oid
    FROM derived AS d
    JOIN pg_catalog.pg_attribute AS u ON u.atttypid = d.oid AND NOT u.attisdropped
    JOIN pg_catalog.pg_class AS c ON c.oid = u.attrelid AND c.relkind IN ('r', 'p', 'm')
),
-- What others have made of the relations and their columns.
dependent AS MATERIALIZED (
    SELECT d.refobjid AS oid,
           CASE v.relkind WHEN 'm' THEN 'materialized view' WHEN 'v' THEN 'view' ELSE 'rule of' END
               AS kind,
           v.oid::regclass::text AS name,
           json_agg(DISTINCT a.attname) FILTER (WHERE a.attname IS NOT NULL) AS columns,
           true AS recorded
    FROM pg_catalog.pg_depend AS d
    JOIN pg_catalog.pg_rewrite AS w ON w.oid = d.objid AND w.ev_class <> d.refobjid
    JOIN pg_catalog.pg_class AS v ON v.oid = w.ev_class
    LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
      AND d.refobjid IN (SELECT r.oid FROM relation AS r) AND d.deptype = 'n'
    GROUP BY d.refobjid, v.oid, v.relkind
    UNION ALL
    -- Functions whose bodies the server has read.
    SELECT d.refobjid, 'function', f.oid::regprocedure::text,
           json_agg(DISTINCT a.attname) FILTER (WHERE a.attname IS NOT NULL), true
    FROM pg_catalog.pg_depend AS d
    JOIN pg_catalog.pg_proc AS f ON f.oid = d.objid
    LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_class'::regclass
      AND d.refobjid IN (SELECT r.oid FROM relation AS r)
    GROUP BY d.refobjid, f.oid
    UNION ALL
    -- Functions whose bodies it keeps as text: what they use is seen when they run.
    SELECT r.oid, 'function', f.oid::regprocedure::text,
           (SELECT json_agg(a.attname) FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
              AND position(lower(a.attname) IN lower(f.prosrc)) > 0), false
    FROM (SELECT DISTINCT oid FROM relation) AS r
    JOIN pg_catalog.pg_class AS c ON c.oid = r.oid
    JOIN pg_catalog.pg_proc AS f ON position(lower(c.relname) IN lower(f.prosrc)) > 0
    JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
    JOIN pg_catalog.pg_language AS l ON l.oid = f.prolang
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'turnback')
      AND l.lanname NOT IN ('internal', 'c')
      AND f.prosrc ~* ('(^|[^a-z0-9_])' || regexp_replace(c.relname, '([^a-zA-Z0-9_])', '\\\1', 'g')
                       || '($|[^a-z0-9_])')
    UNION ALL
    SELECT k.confrelid, 'foreign key', k.conname || ' of ' || k.conrelid::regclass::text,
           (SELECT json_agg(a.attname) FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey)), true
    FROM pg_catalog.pg_constraint AS k
    WHERE k.contype = 'f' AND k.confrelid IN (SELECT r.oid FROM relation AS r)
      AND k.conrelid <> k.confrelid AND k.conparentid = 0
    UNION ALL
    SELECT p.polrelid, 'policy', p.polname::text, json_agg(DISTINCT a.attname), true
    FROM pg_catalog.pg_policy AS p
    JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid
    JOIN pg_catalog.pg_attribute AS a
        ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND a.attrelid = p.polrelid
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
      AND p.polrelid IN (SELECT r.oid FROM relation AS r)
    GROUP BY p.polrelid, p.polname
    UNION ALL
    SELECT t.tgrelid, 'trigger', t.tgname::text, json_agg(DISTINCT a.attname), true
    FROM pg_catalog.pg_trigger AS t
    JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_trigger'::regclass AND d.objid = t.oid
    JOIN pg_catalog.pg_attribute AS a
        ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND a.attrelid = t.tgrelid
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND NOT t.tgisinternal
      AND t.tgrelid IN (SELECT r.oid FROM relation AS r)
    GROUP BY t.tgrelid, t.tgname
),
-- Read once: the view works through every table of every publication.
publication AS MATERIALIZED (
    SELECT p.schemaname, p.tablename, json_agg(DISTINCT p.pubname) AS names
    FROM pg_catalog.pg_publication_tables AS p
    GROUP BY p.schemaname, p.tablename
),
-- What has rows of a relation: itself, or its partitions and heirs.
tree AS (
    SELECT DISTINCT r.oid AS top, r.oid FROM relation AS r
    UNION ALL
    SELECT t.top, h.inhrelid FROM tree AS t JOIN pg_catalog.pg_inherits AS h ON h.inhparent = t.oid
),
part AS (
    SELECT t.top, c.oid, c.relkind, c.reltuples, c.relpages, c.reltoastrelid
    FROM tree AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.oid
    WHERE c.relkind IN ('r', 'm', 'f')
),
size AS (
    SELECT top,
           count(*) AS parts,
           bool_or(relkind = 'f') AS foreign,
           CASE WHEN bool_or(reltuples < 0) THEN NULL ELSE sum(reltuples)::int8 END AS estimate,
           sum(relpages::int8
               + coalesce((SELECT sum(i.relpages) FROM pg_catalog.pg_index AS x
                           JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid
                           WHERE x.indrelid = part.oid), 0)
               + coalesce((SELECT t.relpages FROM pg_catalog.pg_class AS t
                           WHERE t.oid = part.reltoastrelid), 0))
               * current_setting('block_size')::int8 AS bytes
    FROM part
    GROUP BY top
)
SELECT r.kind, r.i, json_build_object(
    'schema', n.nspname,
    'name', c.relname,
    'partitioned', c.relkind = 'p',
    'estimate', s.estimate,
    -- Never analyzed: nothing is known of its size either.
    'bytes', nullif(s.bytes, 0)::int8,
    'countable', c.relkind IN ('r', 'p', 'm') AND NOT coalesce(s.foreign, false)
        -- Each partition would be locked to count a few rows.
        AND coalesce(s.parts, 0) <= 1000
        AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
        AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
        AND NOT pg_catalog.row_security_active(c.oid),
    'policies', (SELECT count(*) FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid),
    'columns', coalesce((
        SELECT json_agg(json_build_object(
            'name', a.attname,
            'data_type', pg_catalog.format_type(a.atttypid, a.atttypmod),
            'base_type', pg_catalog.format_type(coalesce(nullif(
                (WITH RECURSIVE below AS (
                    SELECT t.oid, t.typbasetype FROM pg_catalog.pg_type AS t WHERE t.oid = a.atttypid
                    UNION ALL
                    SELECT t.oid, t.typbasetype
                    FROM below AS b JOIN pg_catalog.pg_type AS t ON t.oid = b.typbasetype
                ) SELECT b.oid FROM below AS b WHERE b.typbasetype = 0), 0), a.atttypid), NULL),
            'not_null', a.attnotnull,
            'indexed', EXISTS (
                SELECT FROM pg_catalog.pg_depend AS d
                JOIN pg_catalog.pg_index AS x ON x.indexrelid = d.objid
                WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
                  AND d.refobjid = c.oid AND d.refobjsubid = a.attnum
                UNION ALL
                SELECT FROM pg_catalog.pg_index AS x
                WHERE x.indrelid = c.oid AND a.attnum = ANY (x.indkey::int2[])),
            'checked', EXISTS (
                SELECT FROM pg_catalog.pg_constraint AS k
                WHERE k.conrelid = c.oid AND k.contype = 'c' AND a.attnum = ANY (k.conkey))
        ) ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]'),
    'checks', coalesce((
        SELECT json_agg(pg_catalog.pg_get_constraintdef(k.oid) ORDER BY k.conname)
        FROM pg_catalog.pg_constraint AS k
        WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.convalidated), '[]'),
    'partition_key', coalesce((
        SELECT json_agg(a.attname)
        FROM pg_catalog.pg_partitioned_table AS p
        JOIN pg_catalog.pg_attribute AS a
            ON a.attrelid = p.partrelid AND a.attnum = ANY (p.partattrs::int2[])
        WHERE p.partrelid = c.oid AND a.attnum > 0), '[]'),
    'foreign_keys', coalesce((
        SELECT json_agg(json_build_object(
            'name', k.conname, 'refers_to', k.confrelid::regclass::text) ORDER BY k.conname)
        FROM pg_catalog.pg_constraint AS k
        WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid <> c.oid), '[]'),
    'indexes', coalesce((
        SELECT json_agg(json_build_object(
            'name', i.relname,
            'columns', coalesce((
                SELECT json_agg(a.attname) FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = c.oid AND a.attnum = ANY (x.indkey::int2[])), '[]')))
        FROM pg_catalog.pg_index AS x JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid
        WHERE x.indrelid = c.oid), '[]'),
    'dependents', coalesce((
        SELECT json_agg(json_build_object(
            'kind', d.kind, 'name', d.name, 'columns', coalesce(d.columns, '[]'), 'recorded', d.recorded)
            ORDER BY d.kind, d.name)
        FROM dependent AS d WHERE d.oid = c.oid), '[]'),
    'publications', coalesce((
        SELECT p.names FROM publication AS p
        WHERE p.schemaname = n.nspname AND p.tablename = c.relname), '[]')
)::text
FROM relation AS r
JOIN pg_catalog.pg_class AS c ON c.oid = r.oid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN size AS s ON s.top = c.oid
UNION ALL
SELECT 'function', a.i, 'true'
FROM asked AS a
WHERE a.kind = 'function' AND EXISTS (
    SELECT FROM pg_catalog.pg_proc AS f
    WHERE f.proname = a.name AND f.provolatile = 'v')
UNION ALL
SELECT 'type', m.i, json_build_object(
    'base_type', (SELECT pg_catalog.format_type(b.oid, NULL) FROM base AS b
                  WHERE b.i = m.i AND b.typbasetype = 0),
    'constrained', (
        SELECT bool_or(b.typnotnull OR EXISTS (
            SELECT FROM pg_catalog.pg_constraint AS k WHERE k.contypid = b.oid))
        FROM base AS b WHERE b.i = m.i),
    'stored_as', coalesce((
        SELECT json_agg(pg_catalog.format_type(k.castsource, NULL))
        FROM pg_catalog.pg_cast AS k JOIN base AS b ON b.oid = k.casttarget
        WHERE b.i = m.i AND b.typbasetype = 0 AND k.castmethod = 'b'), '[]')
)::text
FROM meant AS m
WHERE m.oid IS NOT NULL
UNION ALL
SELECT 'zone', 0, (current_setting('TimeZone') IN ('UTC', 'GMT', 'Etc/UTC', 'Etc/GMT', 'UCT'))::text
UNION ALL
-- What looks at every statement, and what keeps the log that a backfill writes.
SELECT 'event trigger', 0, json_build_object(
    'name', t.evtname,
    'event', t.evtevent,
    'function', t.evtfoid::regproc::text,
    'tags', coalesce(to_json(t.evttags), '[]')
)::text
FROM pg_catalog.pg_event_trigger AS t
WHERE t.evtenabled IN ('O', 'A')
UNION ALL
SELECT 'slot', 0, json_build_object(
    'name', s.slot_name,
    'kind', s.slot_type,
    'active', s.active,
    'status', s.wal_status,
    'kept', CASE WHEN NOT pg_catalog.pg_is_in_recovery()
                 THEN greatest(pg_catalog.pg_current_wal_lsn() - s.restart_lsn, 0)::int8 END
)::text
FROM pg_catalog.pg_replication_slots AS s
WHERE NOT s.temporary
