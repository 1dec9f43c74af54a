-- Whether a relation `c` in the schema `n` is of the catalog: in scope, no extension's, and no
-- history that turnback or refinery keeps.
__SCOPE__
AND c.oid NOT IN (
    SELECT x.objid FROM pg_depend AS x
    WHERE x.refclassid = 'pg_extension'::regclass AND x.deptype = 'e'
      AND x.classid = 'pg_class'::regclass)
AND c.oid NOT IN (
    SELECT t.oid FROM pg_class AS t
    WHERE t.relname ~ '^refinery_schema_history(_|$)' AND t.relkind IN ('r', 'p')
      -- Of the few by that name, each is asked for its columns.
      AND 4 = (
          SELECT count(*) FROM pg_attribute AS h
          WHERE h.attrelid = t.oid AND NOT h.attisdropped
            AND h.attname IN ('version', 'name', 'applied_on', 'checksum')))
