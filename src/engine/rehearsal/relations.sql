-- Every relation there is: where it is stored, and what was read and written of it, by the session
-- and not yet handed to the server's statistics (pg_stat_get_xact_…), or by everybody ever
-- (pg_stat_get_…). The columns are those of held.sql.
SELECT
    c.oid,
    n.nspname,
    c.relname,
    c.relkind,
    pg_catalog.pg_relation_filenode(c.oid),
    tn.nspname,
    t.relname,
    rn.nspname,
    r.relname,
    pg_catalog.__COUNTED__numscans(c.oid),
    pg_catalog.__COUNTED__tuples_returned(c.oid),
    pg_catalog.__COUNTED__tuples_inserted(c.oid),
    pg_catalog.__COUNTED__tuples_updated(c.oid),
    pg_catalog.__COUNTED__tuples_deleted(c.oid),
    '',
    c.reltablespace
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
LEFT JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
LEFT JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
LEFT JOIN pg_catalog.pg_class AS r ON c.relispartition AND r.oid = pg_catalog.pg_partition_root(c.oid)
LEFT JOIN pg_catalog.pg_namespace AS rn ON rn.oid = r.relnamespace
WHERE c.oid >= 16384
ORDER BY c.oid
