-- Every table that holds rows, one JSON object a row. The counts are those of this session alone; what it did before the
-- transaction may be among them, until the server has taken them into its statistics.
WITH relation AS (
    SELECT c.*, n.nspname
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p')
      AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'turnback')
      AND n.nspname NOT LIKE 'pg\_toast%'
      AND __WHICH__
),
ancestor AS (
    SELECT r.oid, a.relid AS ancestor, a.nearness
    FROM relation AS r
    CROSS JOIN LATERAL pg_catalog.pg_partition_ancestors(r.oid)
        WITH ORDINALITY AS a (relid, nearness)
    WHERE r.relispartition AND a.relid <> r.oid
),
-- What others hold or ask for so that whoever looks at its size would wait behind them. What the script
-- needs of it is locked later, and waited for there.
taken AS (
    SELECT DISTINCT relation AS oid
    FROM pg_catalog.pg_locks
    WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock'
      AND pid <> pg_catalog.pg_backend_pid()
      AND database = (SELECT oid FROM pg_catalog.pg_database
                      WHERE datname = pg_catalog.current_database())
),
-- That of a table others have taken is what the server counted last, and it is never said to be empty.
own_bytes AS (
    SELECT r.oid,
           CASE
               WHEN r.relkind = 'p' THEN 0
               WHEN t.oid IS NULL THEN pg_catalog.pg_relation_size(r.oid)
               ELSE greatest(r.relpages, 1)::int8
                   * pg_catalog.current_setting('block_size')::int8
           END AS bytes
    FROM relation AS r
    LEFT JOIN taken AS t ON t.oid = r.oid
),
bytes_below AS (
    SELECT a.ancestor, sum(leaf.bytes) AS bytes
    FROM ancestor AS a
    JOIN own_bytes AS leaf ON leaf.oid = a.oid
    GROUP BY a.ancestor
),
ancestors AS (
    SELECT oid, json_agg(ancestor::oid::text ORDER BY nearness) AS ancestors
    FROM ancestor
    GROUP BY oid
),
-- Types and collations of the server's own cannot be dropped. An array is as its elements are.
types AS (
    SELECT t.oid,
           t.typnamespace = 'pg_catalog'::regnamespace
               AND t.typtype IN ('b', 'r', 'm')
               AND (t.typelem = 0 OR e.typnamespace = 'pg_catalog'::regnamespace) AS as_is,
           t.typname IN ('bool', 'int2', 'int4', 'int8', 'uuid', 'text', 'varchar', 'bytea',
                         'date', 'timestamp', 'timestamptz', 'oid') AS exact
    FROM pg_catalog.pg_type AS t
    LEFT JOIN pg_catalog.pg_type AS e ON e.oid = t.typelem
),
attribute AS (
    SELECT a.attrelid,
           json_agg(json_build_object(
               'id', a.attnum,
               'name', a.attname,
               'type_name', pg_catalog.format_type(a.atttypid, a.atttypmod),
               'as_is', t.as_is
                   AND (a.attcollation = 0 OR o.collnamespace = 'pg_catalog'::regnamespace),
               'exact', t.exact AND coalesce(o.collisdeterministic, true),
               'generated', a.attgenerated <> '',
               'width', nullif(greatest(a.attlen, 0), 0),
               'always_identity', a.attidentity = 'a'
           ) ORDER BY a.attnum) AS columns
    FROM pg_catalog.pg_attribute AS a
    JOIN relation AS r ON r.oid = a.attrelid
    JOIN types AS t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_collation AS o ON o.oid = a.attcollation
    WHERE a.attnum > 0 AND NOT a.attisdropped
    GROUP BY a.attrelid
),
-- Keys that hold at once, over columns that are never NULL and whose equal values are the same row
-- whatever the script does: no expressions, no condition.
key AS (
    SELECT i.indrelid,
           json_agg(i.names ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid) AS keys
    FROM (
        SELECT x.indrelid, x.indisprimary, x.indnkeyatts, x.indexrelid,
               json_agg(a.attname ORDER BY k.place) AS names,
               bool_and(a.attnotnull AND a.attgenerated = '') AS usable
        FROM pg_catalog.pg_index AS x
        JOIN relation AS r ON r.oid = x.indrelid
        CROSS JOIN LATERAL unnest(x.indkey[0:x.indnkeyatts - 1]) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = k.attnum
        WHERE x.indisunique AND x.indisvalid AND x.indimmediate
          AND x.indexprs IS NULL AND x.indpred IS NULL
        GROUP BY x.indexrelid, x.indrelid, x.indisprimary, x.indnkeyatts
    ) AS i
    WHERE i.usable
    GROUP BY i.indrelid
),
heir AS (
    SELECT h.inhparent, json_agg(h.inhrelid::text ORDER BY h.inhrelid) AS heirs
    FROM pg_catalog.pg_inherits AS h
    JOIN relation AS r ON r.oid = h.inhrelid AND NOT r.relispartition
    GROUP BY h.inhparent
),
-- A trigger before each row of an update may change any column of it.
widened AS (
    SELECT DISTINCT tgrelid FROM pg_catalog.pg_trigger
    WHERE NOT tgisinternal AND tgenabled <> 'D' AND tgtype & 1 = 1 AND tgtype & 2 = 2
      AND tgtype & 16 = 16
),
-- The columns of partition keys, those of partitions that are partitioned themselves included; of an
-- expression every column is taken for one of its.
mover AS (
    SELECT r.oid, json_agg(DISTINCT a.attname) AS columns
    FROM relation AS r
    CROSS JOIN LATERAL pg_catalog.pg_partition_tree(r.oid) AS t
    JOIN pg_catalog.pg_partitioned_table AS p ON p.partrelid = t.relid
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.relid AND a.attnum > 0
    WHERE r.relkind = 'p' AND NOT a.attisdropped
      AND (a.attnum = ANY (p.partattrs) OR 0 = ANY (p.partattrs))
    GROUP BY r.oid
),
owned AS (
    SELECT d.refobjid AS relation,
           json_agg(json_build_object(
               'name', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(s.relname),
               'column', a.attname
           ) ORDER BY s.oid) AS sequences
    FROM relation AS r
    JOIN pg_catalog.pg_depend AS d ON d.refobjid = r.oid
    JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
    JOIN pg_catalog.pg_namespace AS n ON n.oid = s.relnamespace
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
      AND d.deptype IN ('a', 'i')
    GROUP BY d.refobjid
)
SELECT 'shape', json_build_object(
    'id', r.oid::text,
    'schema', r.nspname,
    'table', r.relname,
    'partitioned', r.relkind = 'p',
    'ancestors', coalesce(a.ancestors, '[]'),
    'heirs', coalesce(h.heirs, '[]'),
    'file', pg_catalog.pg_relation_filenode(r.oid)::text,
    'bytes', b.bytes + coalesce(l.bytes, 0),
    'rows', nullif(greatest(r.reltuples, -1), -1)::int8,
    'columns', coalesce(t.columns, '[]'),
    'keys', coalesce(k.keys, '[]'),
    'updates_widen', w.tgrelid IS NOT NULL,
    'moved_by', coalesce(m.columns, '[]'),
    'updated', pg_catalog.pg_stat_get_xact_tuples_updated(r.oid),
    'deleted', pg_catalog.pg_stat_get_xact_tuples_deleted(r.oid),
    'inserted', pg_catalog.pg_stat_get_xact_tuples_inserted(r.oid),
    'sequences', coalesce(s.sequences, '[]')
)
FROM relation AS r
JOIN own_bytes AS b ON b.oid = r.oid
LEFT JOIN bytes_below AS l ON l.ancestor = r.oid
LEFT JOIN ancestors AS a ON a.oid = r.oid
LEFT JOIN attribute AS t ON t.attrelid = r.oid
LEFT JOIN key AS k ON k.indrelid = r.oid
LEFT JOIN heir AS h ON h.inhparent = r.oid
LEFT JOIN widened AS w ON w.tgrelid = r.oid
LEFT JOIN mover AS m ON m.oid = r.oid
LEFT JOIN owned AS s ON s.relation = r.oid
ORDER BY r.oid
