-- What this session's transaction holds on tables and the like, the strongest lock on each. System
-- tables and turnback's own are nobody's concern.
SELECT
    n.nspname,
    c.relname,
    (array_agg(l.mode ORDER BY array_position(ARRAY[
        'AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock',
        'ShareUpdateExclusiveLock', 'RowExclusiveLock', 'RowShareLock', 'AccessShareLock'
    ], l.mode)))[1]
FROM pg_catalog.pg_locks AS l
JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE l.pid = pg_catalog.pg_backend_pid()
    AND l.granted
    AND l.locktype = 'relation'
    AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d
                      WHERE d.datname = pg_catalog.current_database())
    AND c.relkind IN ('r', 'p', 'm', 'f', 'v')
    AND n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema', 'turnback')
    AND c.relpersistence <> 't'
GROUP BY n.nspname, c.relname
ORDER BY n.nspname, c.relname
