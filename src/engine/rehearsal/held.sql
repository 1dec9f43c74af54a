-- What the session has locked by now, and what its transaction has read and written of it: a table
-- that was rewritten, scanned or changed is locked until the transaction ends, and so are its
-- indexes. Objects below 16384 are the server's own. What was dropped meanwhile has no name.
SELECT
    l.relation,
    n.nspname,
    c.relname,
    c.relkind,
    pg_catalog.pg_relation_filenode(c.oid),
    tn.nspname,
    t.relname,
    rn.nspname,
    r.relname,
    pg_catalog.pg_stat_get_xact_numscans(l.relation),
    pg_catalog.pg_stat_get_xact_tuples_returned(l.relation),
    pg_catalog.pg_stat_get_xact_tuples_inserted(l.relation),
    pg_catalog.pg_stat_get_xact_tuples_updated(l.relation),
    pg_catalog.pg_stat_get_xact_tuples_deleted(l.relation),
    l.modes,
    c.reltablespace
FROM (
    SELECT relation, pg_catalog.string_agg(mode, ' ') AS modes
    FROM pg_catalog.pg_locks
    WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'relation' AND granted
        AND relation >= 16384
        AND database = (
            SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()
        )
    GROUP BY relation
) AS l
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
LEFT JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
LEFT JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
LEFT JOIN pg_catalog.pg_class AS r ON c.relispartition AND r.oid = pg_catalog.pg_partition_root(c.oid)
LEFT JOIN pg_catalog.pg_namespace AS rn ON rn.oid = r.relnamespace
ORDER BY l.relation
