-- The catalog of the schemas in scope. One SELECT for each kind of object; each row is one object.
--
-- The first four columns are the object's key: kind, schema, parent, name. Every further column is
-- a property under the column's own name, left out where NULL; so a property that has its default
-- value is NULL. A column named `noted_…` does not enter the fingerprint.
--
-- `__SCOPE__` stands for a condition on pg_namespace AS n.

SELECT 'schema' AS kind, NULL AS schema, NULL AS parent, n.nspname AS name,
       pg_get_userbyid(n.nspowner) AS owner
FROM pg_namespace AS n
WHERE __SCOPE__;

SELECT 'table' AS kind, n.nspname AS schema, NULL AS parent, c.relname AS name,
       pg_get_userbyid(c.relowner) AS owner
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND __SCOPE__;

SELECT 'column' AS kind, n.nspname AS schema, c.relname AS parent, a.attname AS name,
       format_type(a.atttypid, a.atttypmod) AS type,
       CASE WHEN a.attnotnull THEN 'true' END AS not_null,
       row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum) AS noted_position
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND __SCOPE__;
