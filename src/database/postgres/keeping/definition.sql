-- The statements that make the table __TABLE__ again: sequences of its own, columns, constraints,
-- indexes.
WITH owned AS (
    SELECT s.seqrelid::regclass AS name, d.refobjsubid AS attnum, d.deptype,
           format('AS %s INCREMENT %s MINVALUE %s MAXVALUE %s START %s CACHE %s %sCYCLE',
                  s.seqtypid::regtype, s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache,
                  CASE WHEN s.seqcycle THEN '' ELSE 'NO ' END) AS typed
    FROM pg_depend AS d
    JOIN pg_sequence AS s ON s.seqrelid = d.objid
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
      AND d.refobjid = __TABLE__::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
)
(SELECT format('CREATE SEQUENCE %s %s', name, typed) FROM owned WHERE deptype = 'a' ORDER BY name)
UNION ALL
SELECT format(
    'CREATE TABLE %s (%s)%s',
    c.oid::regclass,
    (SELECT string_agg(
         format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
             || CASE WHEN a.attcollation <> t.typcollation
                     THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END
             || CASE
                    WHEN a.attidentity <> ''
                        THEN format(' GENERATED %s AS IDENTITY (SEQUENCE NAME %s %s)',
                                    CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END,
                                    o.name, substr(o.typed, strpos(o.typed, 'INCREMENT')))
                    WHEN a.attgenerated <> ''
                        THEN ' GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ') STORED'
                    ELSE coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
                END
             || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
         ', ' ORDER BY a.attnum)
     FROM pg_attribute AS a
     JOIN pg_type AS t ON t.oid = a.atttypid
     LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     LEFT JOIN owned AS o ON o.attnum = a.attnum AND o.deptype = 'i'
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    CASE WHEN c.relkind = 'p' THEN ' PARTITION BY ' || pg_get_partkeydef(c.oid) ELSE '' END)
FROM pg_class AS c
WHERE c.oid = __TABLE__::regclass
UNION ALL
(SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
               pg_get_constraintdef(oid))
 FROM pg_constraint
 WHERE conrelid = __TABLE__::regclass AND contype IN ('p', 'u', 'c', 'x', 'f')
 ORDER BY contype = 'f', contype <> 'p', conname)
UNION ALL
(SELECT pg_get_indexdef(i.indexrelid)
 FROM pg_index AS i
 WHERE i.indrelid = __TABLE__::regclass
   AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid
                   AND k.conrelid = i.indrelid)
 ORDER BY i.indexrelid)
UNION ALL
(SELECT format('ALTER SEQUENCE %s OWNED BY %s.%I', o.name, a.attrelid::regclass, a.attname)
 FROM owned AS o
 JOIN pg_attribute AS a ON a.attrelid = __TABLE__::regclass AND a.attnum = o.attnum
 WHERE o.deptype = 'a'
 ORDER BY o.name)
