-- Enum, domain, composite and range types. See schemas.sql for what the columns mean.

SELECT 'type' AS kind, n.nspname AS schema, NULL AS parent, t.typname AS name,
       pg_get_userbyid(t.typowner) AS owner,
       CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite'
            WHEN 'r' THEN 'range' END AS form,
       CASE WHEN t.typtype = 'e' THEN coalesce((
           SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
           FROM pg_enum AS e WHERE e.enumtypid = t.oid), '')
       END AS labels,
       CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END AS base,
       -- The domain's own, where its base type has another one.
       CASE WHEN t.typtype = 'd'
             AND t.typcollation <> (SELECT u.typcollation FROM pg_type AS u
                                    WHERE u.oid = t.typbasetype)
            THEN t.typcollation::regcollation END AS collation,
       CASE WHEN t.typnotnull THEN 'true' END AS not_null,
       CASE WHEN t.typtype = 'd'
            THEN coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault) END AS "default",
       -- Their order is part of every row value.
       CASE WHEN t.typtype = 'c' THEN coalesce(m.attributes, '') END AS attributes,
       format_type(r.rngsubtype, NULL) AS subtype,
       CASE WHEN NOT r.opcdefault THEN r.opclass END AS operator_class,
       CASE WHEN r.rngcollation <> r.typcollation THEN r.rngcollation::regcollation
       END AS subtype_collation,
       nullif(r.rngcanonical::oid, 0)::regproc AS canonical,
       nullif(r.rngsubdiff::oid, 0)::regproc AS subtype_diff,
       format_type(r.rngmultitypid, NULL) AS multirange,
       (SELECT d.description FROM pg_description AS d
        WHERE d.objoid = t.oid AND d.classoid = 'pg_type'::regclass
          AND d.objsubid = 0) AS comment,
       CASE WHEN p.acl IS NOT NULL THEN (__GRANTS__) END AS grants
FROM pg_type AS t
JOIN pg_namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_class AS c ON c.oid = t.typrelid
LEFT JOIN (
    SELECT a.attrelid,
           string_agg(
               format('%I %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                      CASE WHEN a.attcollation <> u.typcollation
                           THEN ' COLLATE ' || a.attcollation::regcollation END,
                      ' -- ' || col_description(a.attrelid, a.attnum)),
               E'\n' ORDER BY a.attnum) AS attributes
    FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid
    JOIN pg_type AS u ON u.oid = a.atttypid
    WHERE c.relkind = 'c' AND a.attnum > 0 AND NOT a.attisdropped
    GROUP BY a.attrelid
) AS m ON m.attrelid = t.typrelid
LEFT JOIN (
    SELECT g.*, s.typcollation, o.opcdefault,
           format('%I.%I', m.nspname, o.opcname) AS opclass
    FROM pg_range AS g
    JOIN pg_type AS s ON s.oid = g.rngsubtype
    JOIN pg_opclass AS o ON o.oid = g.rngsubopc
    JOIN pg_namespace AS m ON m.oid = o.opcnamespace
) AS r ON r.rngtypid = t.oid
CROSS JOIN LATERAL (
    SELECT t.typacl AS acl, t.typowner AS owner, acldefault('T', t.typowner) AS usual
) AS p
WHERE (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND c.relkind = 'c')
  AND t.oid NOT IN (__MEMBERS__ 'pg_type'::regclass) AND __SCOPE__;
