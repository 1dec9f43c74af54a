-- How far the session __PID__ is with an index. Where it waits for other sessions, those count; what
-- it reads or sorts otherwise.
SELECT
    p.phase,
    CASE WHEN p.phase LIKE 'waiting%' THEN p.lockers_done
        WHEN p.blocks_total > 0 THEN p.blocks_done ELSE p.tuples_done END,
    CASE WHEN p.phase LIKE 'waiting%' THEN p.lockers_total
        WHEN p.blocks_total > 0 THEN p.blocks_total ELSE p.tuples_total END,
    CASE WHEN p.phase LIKE 'waiting%' THEN 'session'
        WHEN p.blocks_total > 0 THEN 'block' ELSE 'row' END
FROM pg_stat_progress_create_index AS p
WHERE p.pid = __PID__
