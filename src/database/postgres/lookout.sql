-- Who is in the way: the sessions that __BLOCKERS__ asks for, those whose transactions are oldest
-- first, with the locks they hold on the relations that __RELATIONS__ asks for. What the role may
-- not see is NULL.
SELECT
    b.pid,
    a.usename,
    nullif(a.application_name, ''),
    host(a.client_addr),
    CASE WHEN a.backend_type = 'client backend' THEN a.state ELSE a.backend_type END,
    extract(epoch FROM clock_timestamp() - a.xact_start)::int8,
    (SELECT string_agg(format('%s on %I.%I', h.mode, n.nspname, c.relname), ', ' ORDER BY c.oid, h.mode)
     FROM (SELECT DISTINCT relation, upper(regexp_replace(
               regexp_replace(mode, 'Lock$', ''), '([a-z])([A-Z])', '\1 \2', 'g')) AS mode
           FROM pg_locks AS l
           WHERE l.granted AND l.locktype = 'relation' AND l.pid IS NOT DISTINCT FROM nullif(b.pid, 0)
             AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
             AND l.relation IN (__RELATIONS__)) AS h
     JOIN pg_class AS c ON c.oid = h.relation
     JOIN pg_namespace AS n ON n.oid = c.relnamespace),
    CASE WHEN a.query NOT IN ('', '<insufficient privilege>')
        THEN left(regexp_replace(a.query, '\s+', ' ', 'g'), 160) END,
    extract(epoch FROM a.backend_start)
FROM (SELECT DISTINCT pid FROM (__BLOCKERS__) AS asked (pid)) AS b
LEFT JOIN pg_stat_activity AS a USING (pid)
ORDER BY a.xact_start, b.pid
LIMIT 10
