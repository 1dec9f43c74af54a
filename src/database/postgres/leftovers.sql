-- What reindexes that did not finish have left on tables: the index that was to be, or the one that
-- was. Those of their TOAST tables are among them; what somebody is at work on is not, nor what this
-- role may not drop.
SELECT n.nspname, c.relname
FROM pg_catalog.pg_class AS t
JOIN pg_catalog.pg_index AS i ON i.indrelid IN (t.oid, nullif(t.reltoastrelid, 0))
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE t.oid IN (__TABLES__)
  AND t.relkind IN ('r', 'm')
  AND NOT i.indisvalid
  AND c.relname ~ '_cc(new|old)[0-9]*$'
  AND pg_catalog.pg_has_role(c.relowner, 'USAGE')
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_stat_progress_create_index AS p WHERE p.relid = i.indrelid)
ORDER BY c.oid
