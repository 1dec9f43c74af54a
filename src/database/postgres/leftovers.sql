-- What reindexes that did not finish have left on the table __NAME__, or on the table of the index of
-- that name: the index that was to be, or the one that was. Those of its TOAST table are among them;
-- what somebody is at work on is not.
SELECT n.nspname, c.relname
FROM pg_catalog.pg_class AS named
LEFT JOIN pg_catalog.pg_index AS own ON own.indexrelid = named.oid
JOIN pg_catalog.pg_class AS t ON t.oid = coalesce(own.indrelid, named.oid)
JOIN pg_catalog.pg_index AS i ON i.indrelid IN (t.oid, nullif(t.reltoastrelid, 0))
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE named.oid = to_regclass(__NAME__)
  AND NOT i.indisvalid
  AND c.relname ~ '_cc(new|old)[0-9]*$'
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_stat_progress_create_index AS p WHERE p.relid = i.indrelid)
ORDER BY c.oid
