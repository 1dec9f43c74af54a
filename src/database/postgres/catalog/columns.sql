-- The columns of tables and views. See schemas.sql for what the columns here mean.

SELECT 'column' AS kind, n.nspname AS schema, c.relname AS parent, a.attname AS name,
       format_type(a.atttypid, a.atttypmod) AS type,
       CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation
       END AS collation,
       CASE WHEN u.form IS NOT NULL THEN u.form -- 18+
            WHEN a.attnotnull THEN 'true' END AS not_null, -- 18+
       CASE WHEN a.attnotnull THEN 'true' END AS not_null, -- <18
       CASE WHEN a.atthasdef AND a.attgenerated = ''
            -- It names no column, so that the server need not look at the table's.
            THEN pg_get_expr(e.adbin, 0) END AS "default",
       CASE WHEN a.atthasdef AND a.attgenerated <> ''
            THEN format('(%s) %s', pg_get_expr(e.adbin, e.adrelid),
                        CASE a.attgenerated WHEN 's' THEN 'STORED' ELSE 'VIRTUAL' END)
       END AS generated,
       CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity,
       i.definition AS identity_sequence, i.comment AS identity_comment,
       CASE WHEN i.acl IS NOT NULL THEN (
           SELECT (__GRANTS__)
           FROM (SELECT i.acl, i.owner, acldefault('s', i.owner) AS usual) AS p)
       END AS identity_grants,
       CASE WHEN a.attstorage <> t.typstorage AND c.relkind NOT IN ('v') THEN
           CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external'
                WHEN 'x' THEN 'extended' ELSE 'main' END
       END AS storage,
       CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression,
       -- Before 17 the default is -1.
       CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END AS statistics,
       CASE WHEN a.attoptions IS NOT NULL THEN (
           SELECT string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(a.attoptions) AS o)
       END AS options,
       CASE WHEN a.attfdwoptions IS NOT NULL THEN (
           SELECT string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(a.attfdwoptions) AS o)
       END AS foreign_options,
       CASE WHEN a.attinhcount > 0
            THEN CASE WHEN a.attislocal THEN 'and local' ELSE 'true' END END AS inherited,
       (SELECT d.description FROM pg_description AS d
        WHERE d.objoid = a.attrelid AND d.classoid = 'pg_class'::regclass
          AND d.objsubid = a.attnum) AS comment,
       CASE WHEN p.acl IS NOT NULL THEN (__GRANTS__) END AS grants,
       -- Among those that live.
       a.attnum - CASE WHEN g.dropped IS NULL THEN 0
                       ELSE (SELECT count(*) FROM unnest(g.dropped) AS o WHERE o < a.attnum)
                  END AS noted_position
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef AS e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
LEFT JOIN ( -- 18+
    -- One that holds for all rows and for all children is as it always was. -- 18+
    SELECT k.conrelid, k.conkey[1] AS attnum, -- 18+
           concat_ws(', ', CASE WHEN NOT k.convalidated THEN 'not valid' END, -- 18+
                     CASE WHEN k.connoinherit THEN 'no inherit' END) AS form -- 18+
    FROM pg_constraint AS k -- 18+
    WHERE k.contype = 'n' AND (NOT k.convalidated OR k.connoinherit) -- 18+
) AS u ON u.conrelid = a.attrelid AND u.attnum = a.attnum -- 18+
LEFT JOIN (
    SELECT o.attrelid, array_agg(o.attnum) AS dropped
    FROM pg_attribute AS o WHERE o.attisdropped GROUP BY o.attrelid
) AS g ON g.attrelid = a.attrelid
LEFT JOIN (
    SELECT o.refobjid, o.refobjsubid,
           (SELECT v.description FROM pg_description AS v
            WHERE v.objoid = s.oid AND v.classoid = 'pg_class'::regclass
              AND v.objsubid = 0) AS comment,
           concat_ws(' ', s.oid::regclass, 'AS ' || format_type(q.seqtypid, NULL),
                     'START ' || q.seqstart, 'INCREMENT ' || q.seqincrement,
                     'MINVALUE ' || q.seqmin, 'MAXVALUE ' || q.seqmax, 'CACHE ' || q.seqcache,
                     CASE WHEN q.seqcycle THEN 'CYCLE' END,
                     CASE WHEN s.relpersistence = 'u' THEN 'UNLOGGED' END) AS definition,
           s.relacl AS acl, s.relowner AS owner
    FROM pg_sequence AS q
    JOIN pg_class AS s ON s.oid = q.seqrelid
    JOIN pg_depend AS o
        ON o.classid = 'pg_class'::regclass AND o.objid = s.oid AND o.objsubid = 0
       AND o.refclassid = 'pg_class'::regclass AND o.deptype = 'i'
) AS i ON i.refobjid = a.attrelid AND i.refobjsubid = a.attnum
CROSS JOIN LATERAL (
    SELECT a.attacl AS acl, c.relowner AS owner, NULL::aclitem[] AS usual
) AS p
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
  AND __RELATION__;
