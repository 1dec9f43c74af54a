-- Which of the asked-for objects exist. Unqualified names are found as the session finds them.
WITH probe AS (
    SELECT p.*, coalesce(quote_ident(p.schema) || '.', '') || quote_ident(p.name) AS quoted
    FROM unnest($1::int4[], $2::text[], $3::text[], $4::text[], $5::text[])
             AS p(i, kind, schema, name, col)
)
SELECT p.i,
       CASE p.kind
           WHEN 'table' THEN EXISTS (
               SELECT FROM pg_catalog.pg_class AS c
               WHERE c.oid = to_regclass(p.quoted) AND c.relkind IN ('r', 'p', 'f'))
           WHEN 'view' THEN EXISTS (
               SELECT FROM pg_catalog.pg_class AS c
               WHERE c.oid = to_regclass(p.quoted) AND c.relkind IN ('v', 'm'))
           WHEN 'index' THEN EXISTS (
               SELECT FROM pg_catalog.pg_class AS c
               WHERE c.oid = to_regclass(p.quoted) AND c.relkind IN ('i', 'I'))
           WHEN 'column' THEN EXISTS (
               SELECT FROM pg_catalog.pg_attribute AS a
               WHERE a.attrelid = to_regclass(p.quoted) AND a.attname = p.col
                 AND a.attnum > 0 AND NOT a.attisdropped)
           WHEN 'function' THEN EXISTS (
               SELECT FROM pg_catalog.pg_proc AS f
               JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
               WHERE f.proname = p.name
                 AND (n.nspname = p.schema
                      OR p.schema IS NULL AND pg_catalog.pg_function_is_visible(f.oid)))
           WHEN 'type' THEN to_regtype(p.quoted) IS NOT NULL
           WHEN 'schema' THEN EXISTS (
               SELECT FROM pg_catalog.pg_namespace AS n WHERE n.nspname = p.name)
           WHEN 'extension' THEN EXISTS (
               SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname = p.name)
           WHEN 'role' THEN EXISTS (
               SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = p.name)
           ELSE false
       END
FROM probe AS p
