-- The tables that hold rows of their own, partitions among them: name, the columns that are not
-- computed, size, about how many rows, and why they cannot be read, where they cannot. What an
-- extension made, it fills by itself, but for what it says is the user's (extconfig).
SELECT
    n.nspname,
    c.relname,
    (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
     FROM pg_catalog.pg_attribute AS a
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''),
    s.bytes,
    CASE
        WHEN s.bytes = 0 THEN 0
        WHEN c.reltuples >= 0 AND c.relpages > 0
            THEN (c.reltuples / c.relpages * (s.bytes / current_setting('block_size')::int8))::int8
    END,
    c.reltuples,
    c.relpages,
    CASE
        WHEN NOT pg_catalog.has_table_privilege(c.oid, 'SELECT') THEN 'the role may not read it'
        WHEN pg_catalog.row_security_active(c.oid)
            THEN 'its row-level security would hide rows from the role'
    END
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT pg_catalog.pg_relation_size(c.oid)) AS s (bytes)
WHERE c.relkind = 'r' AND c.relpersistence <> 't'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'turnback')
    AND NOT EXISTS (
        SELECT 1
        FROM pg_catalog.pg_depend AS d
        JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
            AND d.refclassid = 'pg_catalog.pg_extension'::regclass
            AND NOT (c.oid = ANY (coalesce(e.extconfig, '{}')))
    )
ORDER BY n.nspname, c.relname
