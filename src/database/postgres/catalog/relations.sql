-- Tables, views and sequences. See schemas.sql for what the columns mean.

SELECT CASE c.relkind WHEN 'f' THEN 'foreign_table' WHEN 'v' THEN 'view'
            WHEN 'm' THEN 'materialized_view' ELSE 'table' END AS kind,
       n.nspname AS schema, NULL AS parent, c.relname AS name,
       pg_get_userbyid(c.relowner) AS owner,
       CASE WHEN c.relpersistence = 'u' THEN 'true' END AS unlogged,
       CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END AS of_type,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
       CASE WHEN c.relispartition THEN (
           SELECT h.inhparent::regclass || CASE WHEN h.inhdetachpending THEN ' DETACH PENDING'
                                           ELSE '' END
           FROM pg_inherits AS h WHERE h.inhrelid = c.oid)
       END AS partition_of,
       CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS partition_bound,
       -- In the order of their columns.
       CASE WHEN NOT c.relispartition AND c.relkind IN ('r', 'f') THEN (
           SELECT string_agg(h.inhparent::regclass::text, ', ' ORDER BY h.inhseqno)
           FROM pg_inherits AS h WHERE h.inhrelid = c.oid)
       END AS inherits,
       CASE WHEN c.relrowsecurity OR c.relforcerowsecurity
            THEN concat_ws(', ', CASE WHEN c.relrowsecurity THEN 'enabled' END,
                           CASE WHEN c.relforcerowsecurity THEN 'forced' END)
       END AS row_level_security,
       -- The index that serves says so itself.
       CASE WHEN c.relkind IN ('r', 'p', 'm') THEN
           CASE c.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full'
                WHEN 'i' THEN 'index' END
       END AS replica_identity,
       CASE WHEN m.amname <> 'heap' THEN m.amname END AS access_method,
       CASE WHEN c.reltablespace <> 0 THEN (
           SELECT s.spcname FROM pg_tablespace AS s WHERE s.oid = c.reltablespace)
       END AS tablespace,
       CASE WHEN c.reloptions IS NOT NULL OR t.reloptions IS NOT NULL THEN (
           SELECT string_agg(o.option, ', ' ORDER BY o.option COLLATE "C")
           FROM (SELECT unnest(c.reloptions) AS option
                 UNION ALL SELECT 'toast.' || unnest(t.reloptions)) AS o)
       END AS options,
       CASE WHEN c.relkind = 'f' THEN s.srvname END AS server,
       CASE WHEN f.ftoptions IS NOT NULL THEN (
           SELECT string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(f.ftoptions) AS o)
       END AS foreign_options,
       CASE WHEN c.relkind IN ('v', 'm') THEN ltrim(pg_get_viewdef(c.oid)) END AS query,
       CASE WHEN NOT c.relispopulated AND c.relkind = 'm' THEN 'false' END AS populated,
       (SELECT d.description FROM pg_description AS d
        WHERE d.objoid = c.oid AND d.classoid = 'pg_class'::regclass
          AND d.objsubid = 0) AS comment,
       CASE WHEN p.acl IS NOT NULL THEN (__GRANTS__) END AS grants
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid AND t.reloptions IS NOT NULL
LEFT JOIN pg_am AS m ON m.oid = c.relam
LEFT JOIN pg_foreign_table AS f ON f.ftrelid = c.oid
LEFT JOIN pg_foreign_server AS s ON s.oid = f.ftserver
CROSS JOIN LATERAL (
    SELECT c.relacl AS acl, c.relowner AS owner, acldefault('r', c.relowner) AS usual
) AS p
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND __RELATION__;

-- The sequence of an identity column is part of the column.
SELECT 'sequence' AS kind, n.nspname AS schema, NULL AS parent, c.relname AS name,
       pg_get_userbyid(c.relowner) AS owner,
       CASE WHEN c.relpersistence = 'u' THEN 'true' END AS unlogged,
       nullif(format_type(s.seqtypid, NULL), 'bigint') AS type,
       nullif(s.seqincrement, 1) AS increment,
       nullif(s.seqmin, CASE WHEN s.seqincrement > 0 THEN 1 ELSE b.least END) AS minimum,
       nullif(s.seqmax, CASE WHEN s.seqincrement > 0 THEN -(b.least + 1) ELSE -1 END) AS maximum,
       nullif(s.seqstart, CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END) AS start,
       nullif(s.seqcache, 1) AS cache,
       CASE WHEN s.seqcycle THEN 'true' END AS cycle,
       (SELECT format('%s.%I', o.refobjid::regclass, (
                   SELECT a.attname FROM pg_attribute AS a
                   WHERE a.attrelid = o.refobjid AND a.attnum = o.refobjsubid))
        FROM pg_depend AS o
        WHERE o.classid = 'pg_class'::regclass AND o.objid = c.oid AND o.objsubid = 0
          AND o.refclassid = 'pg_class'::regclass AND o.deptype = 'a') AS owned_by,
       (SELECT d.description FROM pg_description AS d
        WHERE d.objoid = c.oid AND d.classoid = 'pg_class'::regclass
          AND d.objsubid = 0) AS comment,
       CASE WHEN p.acl IS NOT NULL THEN (__GRANTS__) END AS grants
FROM pg_sequence AS s
JOIN pg_class AS c ON c.oid = s.seqrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT CASE s.seqtypid WHEN 'int2'::regtype THEN -32768
                WHEN 'int4'::regtype THEN -2147483648
                ELSE -9223372036854775808 END AS least
) AS b
CROSS JOIN LATERAL (
    SELECT c.relacl AS acl, c.relowner AS owner, acldefault('s', c.relowner) AS usual
) AS p
WHERE NOT EXISTS (
          SELECT FROM pg_depend AS o
          WHERE o.classid = 'pg_class'::regclass AND o.objid = c.oid AND o.deptype = 'i')
  AND __RELATION__;
