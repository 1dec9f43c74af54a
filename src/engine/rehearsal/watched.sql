-- The locks that the session __PID__ holds or waits for.
SELECT l.relation, l.mode, l.granted
FROM pg_catalog.pg_locks AS l
WHERE l.pid = __PID__ AND l.locktype = 'relation' AND l.relation >= 16384
    AND l.database = (
        SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()
    )
