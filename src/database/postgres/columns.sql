-- Columns that a table must have, each with what it is instead. Types are compared as the server
-- knows them, so that `varchar(255)` and `character varying(255)` are one; their modifiers, which
-- to_regtype leaves out, are compared as text.
SELECT n.i, n.col, n.wanted,
       pg_catalog.format_type(a.atttypid, a.atttypmod),
       a.attname IS NOT NULL
           AND (n.wanted IS NULL
                OR to_regtype(n.wanted) = a.atttypid
                   AND replace(coalesce(substring(n.wanted FROM '\(([^)]*)\)'), ''), ' ', '')
                       = coalesce(substring(pg_catalog.format_type(a.atttypid, a.atttypmod)
                                            FROM '\(([^)]*)\)'), ''))
FROM unnest($1::int4[], $2::text[], $3::text[], $4::text[], $5::text[])
         AS n(i, schema, name, col, wanted)
LEFT JOIN pg_catalog.pg_attribute AS a
    ON a.attrelid = to_regclass(coalesce(quote_ident(n.schema) || '.', '') || quote_ident(n.name))
   AND a.attname = n.col AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY n.i
