-- What a server suffers while a backfill works, one row. What the role may not see is NULL.
SELECT
    CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') END,
    (SELECT min(pg_wal_lsn_diff(replay_lsn, '0/0')) FROM pg_stat_replication WHERE replay_lsn IS NOT NULL),
    CASE WHEN current_setting('archive_mode') <> 'off' AND NOT pg_is_in_recovery()
        THEN pg_walfile_name(pg_current_wal_lsn()) END,
    CASE WHEN current_setting('archive_mode') <> 'off' THEN (SELECT last_archived_wal FROM pg_stat_archiver) END,
    pg_size_bytes(current_setting('wal_segment_size')),
    (SELECT max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) / (setting::int8 * 1048576))
     FROM pg_replication_slots, pg_settings
     WHERE name = 'max_slot_wal_keep_size' AND setting::int8 > 0 AND restart_lsn IS NOT NULL
       AND NOT pg_is_in_recovery()),
    old.seconds,
    old.whose,
    (SELECT count(DISTINCT l.pid) FROM pg_locks AS l
     WHERE NOT l.granted AND l.waitstart < clock_timestamp() - interval '100 ms'
       AND pg_blocking_pids(l.pid) && worker.pids)
FROM (SELECT coalesce(array_agg(worker_pid), '{}') AS pids FROM turnback.backfill_unit
      WHERE backfill = __JOB__ AND NOT done AND worker_pid IS NOT NULL) AS worker
LEFT JOIN LATERAL (
    SELECT extract(epoch FROM clock_timestamp() - a.xact_start) AS seconds,
           format('pid %s%s', a.pid, coalesce(' (' || nullif(a.application_name, '') || ')', '')) AS whose
    FROM pg_stat_activity AS a
    WHERE a.backend_xmin IS NOT NULL AND a.datname = current_database() AND a.xact_start IS NOT NULL
      AND a.pid <> pg_backend_pid() AND a.pid <> ALL (worker.pids)
    ORDER BY age(a.backend_xmin) DESC
    LIMIT 1
) AS old ON true
