-- Columns that a table must have, each with what it is instead. Types are compared as the server
-- knows them, so that `varchar(255)` and `character varying(255)` are one. Their modifiers are
-- compared as text, with what the server adds to them; to_regtype gets the name without, because
-- before PostgreSQL 16 it fails on a modifier that the type does not take.
SELECT n.i, n.col, n.wanted,
       pg_catalog.format_type(a.atttypid, a.atttypmod),
       a.attname IS NOT NULL
           AND (n.wanted IS NULL
                OR to_regtype(
                       CASE
                           WHEN w.name IN ('smallserial', 'serial2') THEN 'smallint'
                           WHEN w.name IN ('serial', 'serial4') THEN 'integer'
                           WHEN w.name IN ('bigserial', 'serial8') THEN 'bigint'
                           WHEN w.name = 'float' AND w.modifier ~ '^([1-9]|1[0-9]|2[0-4])$'
                               THEN 'real'
                           ELSE w.bare
                       END) = a.atttypid
                   AND CASE
                           WHEN w.name = 'float' THEN ''
                           WHEN w.name ~ '^(numeric|decimal|dec)( *\[.*)?$' AND w.modifier !~ ','
                               THEN w.modifier || ',0'
                           WHEN w.name ~ '^((national +)?char(acter)?|nchar|bit)( *\[.*)?$'
                               THEN coalesce(w.modifier, '1')
                           ELSE coalesce(w.modifier, '')
                       END
                       = coalesce(substring(pg_catalog.format_type(a.atttypid, a.atttypmod)
                                            FROM '\(([^)"]*)\)'), ''))
FROM unnest($1::int4[], $2::text[], $3::text[], $4::text[], $5::text[])
         AS n(i, schema, name, col, wanted)
CROSS JOIN LATERAL (
    -- A parenthesis inside a quoted name is no modifier's.
    SELECT regexp_replace(n.wanted, '^((?:[^"(]|"[^"]*")*)\([^)]*\)', '\1') AS bare,
           replace((regexp_match(n.wanted, '^(?:[^"(]|"[^"]*")*\(([^)]*)\)'))[1], ' ', '')
               AS modifier
) AS m
CROSS JOIN LATERAL (SELECT m.bare, m.modifier, lower(btrim(m.bare)) AS name) AS w
LEFT JOIN pg_catalog.pg_attribute AS a
    ON a.attrelid = to_regclass(coalesce(quote_ident(n.schema) || '.', '') || quote_ident(n.name))
   AND a.attname = n.col AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY n.i
