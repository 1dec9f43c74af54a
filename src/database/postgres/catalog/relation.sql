-- Whether a relation `c` in the schema `n` is of the catalog: in scope, no extension's, and no
-- history that turnback or refinery keeps.
__SCOPE__
AND c.oid NOT IN (
    SELECT x.objid FROM pg_depend AS x
    WHERE x.refclassid = 'pg_extension'::regclass AND x.deptype = 'e'
      AND x.classid = 'pg_class'::regclass)
AND c.oid NOT IN (
    SELECT h.attrelid
    FROM pg_attribute AS h JOIN pg_class AS t ON t.oid = h.attrelid
    WHERE t.relname ~ '^refinery_schema_history(_|$)' AND t.relkind IN ('r', 'p')
      AND h.attname IN ('version', 'name', 'applied_on', 'checksum') AND NOT h.attisdropped
    GROUP BY h.attrelid HAVING count(*) = 4)
