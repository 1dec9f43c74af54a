-- Constraints and indexes. See schemas.sql for what the columns mean.

-- What a NOT NULL says (a constraint since 18, for domains since 17) stands with the column; what
-- a constraint trigger says, with the trigger. A foreign key's copies on partitions say nothing
-- that the first one does not, unless somebody disabled their triggers.
SELECT 'constraint' AS kind, n.nspname AS schema, coalesce(c.relname, t.typname) AS parent,
       k.conname AS name,
       pg_get_constraintdef(k.oid) AS definition,
       CASE WHEN NOT (k.convalidated AND coalesce(i.indisvalid, true)) THEN 'false' END AS valid,
       CASE WHEN NOT i.indisready THEN 'false' END AS ready,
       CASE WHEN k.coninhcount > 0 AND k.contype = 'c'
            THEN CASE WHEN k.conislocal THEN 'and local' ELSE 'true' END END AS inherited,
       f.triggers AS disabled_triggers,
       CASE WHEN x.relispartition THEN (
           SELECT h.inhparent::regclass FROM pg_inherits AS h WHERE h.inhrelid = x.oid)
       END AS index_of,
       CASE WHEN i.indisclustered THEN 'true' END AS clustered,
       CASE WHEN i.indisreplident THEN 'true' END AS replica_identity,
       CASE WHEN x.reloptions IS NOT NULL THEN (
           SELECT string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(x.reloptions) AS o)
       END AS index_options,
       CASE WHEN x.reltablespace <> 0 THEN (
           SELECT s.spcname FROM pg_tablespace AS s WHERE s.oid = x.reltablespace)
       END AS tablespace,
       (SELECT d.description FROM pg_description AS d
        WHERE d.objoid = k.oid AND d.classoid = 'pg_constraint'::regclass
          AND d.objsubid = 0) AS comment,
       (SELECT v.description FROM pg_description AS v
        WHERE v.objoid = x.oid AND v.classoid = 'pg_class'::regclass
          AND v.objsubid = 0) AS index_comment
FROM pg_constraint AS k
JOIN pg_namespace AS n ON n.oid = k.connamespace
LEFT JOIN pg_class AS c ON c.oid = k.conrelid
LEFT JOIN pg_type AS t ON t.oid = k.contypid
LEFT JOIN pg_index AS i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_class AS x ON x.oid = i.indexrelid
LEFT JOIN (
    SELECT g.tgconstraint,
           string_agg(
               format('%s: %s%s', g.tgrelid::regclass, r.proname,
                      CASE g.tgenabled WHEN 'R' THEN ' (replica)' WHEN 'A' THEN ' (always)' END),
               E'\n' ORDER BY g.tgrelid::regclass::text COLLATE "C", r.proname) AS triggers
    FROM pg_trigger AS g JOIN pg_proc AS r ON r.oid = g.tgfoid
    WHERE g.tgisinternal AND g.tgenabled <> 'O' AND g.tgconstraint <> 0
    GROUP BY g.tgconstraint
) AS f ON f.tgconstraint = k.oid
WHERE k.contype NOT IN ('n', 't')
  AND NOT (k.contype = 'f' AND k.conparentid <> 0 AND f.tgconstraint IS NULL)
  AND (k.contypid = 0 OR k.contypid NOT IN (__MEMBERS__ 'pg_type'::regclass))
  AND (k.conrelid <> 0 OR k.contypid <> 0)
  AND (k.conrelid = 0 OR __RELATION__) AND __SCOPE__;

-- An index that a constraint made stands with the constraint.
SELECT 'index' AS kind, n.nspname AS schema, c.relname AS parent, x.relname AS name,
       CASE WHEN y.columns IS NOT NULL AND x.reloptions IS NULL
            THEN format('CREATE %sINDEX %I ON %s%I.%I USING btree (%s)',
                        CASE WHEN i.indisunique THEN 'UNIQUE ' END, x.relname,
                        CASE WHEN x.relkind = 'I' THEN 'ONLY ' END, n.nspname, c.relname,
                        y.columns)
            ELSE pg_get_indexdef(i.indexrelid) END AS definition,
       CASE WHEN NOT i.indisvalid THEN 'false' END AS valid,
       CASE WHEN NOT i.indisready THEN 'false' END AS ready,
       CASE WHEN x.relispartition THEN (
           SELECT h.inhparent::regclass FROM pg_inherits AS h WHERE h.inhrelid = x.oid)
       END AS index_of,
       CASE WHEN i.indisclustered THEN 'true' END AS clustered,
       CASE WHEN i.indisreplident THEN 'true' END AS replica_identity,
       CASE WHEN x.reltablespace <> 0 THEN (
           SELECT s.spcname FROM pg_tablespace AS s WHERE s.oid = x.reltablespace)
       END AS tablespace,
       -- Only expressions can have one of their own.
       CASE WHEN i.indexprs IS NOT NULL THEN (
           SELECT string_agg(a.attnum || ': ' || a.attstattarget, ', ' ORDER BY a.attnum)
           FROM pg_attribute AS a WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0)
       END AS statistics,
       (SELECT d.description FROM pg_description AS d
        WHERE d.objoid = i.indexrelid AND d.classoid = 'pg_class'::regclass
          AND d.objsubid = 0) AS comment
FROM pg_index AS i
JOIN pg_class AS x ON x.oid = i.indexrelid
JOIN pg_class AS c ON c.oid = i.indrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_constraint AS k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN (
    -- Those of the plainest indexes, as the server writes them: it takes a third of all the time
    -- that reading a catalog takes to write each definition itself.
    SELECT e.indexrelid,
           string_agg(quote_ident(a.attname) || CASE e.option WHEN 3 THEN ' DESC' ELSE '' END,
                      ', ' ORDER BY e.place) AS columns
    FROM (
        SELECT g.indexrelid, g.indrelid, generate_subscripts(g.indkey, 1) AS place,
               unnest(g.indkey) AS attnum, unnest(g.indclass) AS class,
               unnest(g.indoption) AS option, unnest(g.indcollation) AS collation
        FROM pg_index AS g
        WHERE g.indexprs IS NULL AND g.indpred IS NULL AND g.indnatts = g.indnkeyatts
          AND NOT g.indnullsnotdistinct -- 15+
    ) AS e
    JOIN pg_attribute AS a ON a.attrelid = e.indrelid AND a.attnum = e.attnum
    JOIN pg_opclass AS o ON o.oid = e.class
    JOIN pg_am AS m ON m.oid = o.opcmethod
    GROUP BY e.indexrelid
    HAVING bool_and(m.amname = 'btree' AND e.option IN (0, 3) AND e.collation = a.attcollation
                    AND o.opcdefault
                    AND (o.opcintype = a.atttypid
                         OR o.opcintype = 'text'::regtype AND a.atttypid = 'varchar'::regtype))
) AS y ON y.indexrelid = i.indexrelid
WHERE k.oid IS NULL AND c.relkind IN ('r', 'p', 'm') AND __RELATION__;

SELECT 'statistics' AS kind, n.nspname AS schema, NULL AS parent, e.stxname AS name,
       pg_get_userbyid(e.stxowner) AS owner,
       pg_get_statisticsobjdef(e.oid) AS definition,
       CASE WHEN e.stxstattarget >= 0 THEN e.stxstattarget END AS target,
       (SELECT d.description FROM pg_description AS d
        WHERE d.objoid = e.oid AND d.classoid = 'pg_statistic_ext'::regclass
          AND d.objsubid = 0) AS comment
FROM pg_statistic_ext AS e
JOIN pg_namespace AS n ON n.oid = e.stxnamespace
WHERE e.oid NOT IN (__MEMBERS__ 'pg_statistic_ext'::regclass) AND __SCOPE__;
