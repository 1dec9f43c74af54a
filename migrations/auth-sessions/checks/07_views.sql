-- active_sessions and session_families.

INSERT INTO users (id, email, name)
VALUES ('turnback-check-user', 'turnback-check@example.org', 'Turnback Check');

INSERT INTO auth_sessions (id, user_id, refresh_token_hash, family_id, current_jti, user_agent, device_hash, last_ip_cidr, auth_time, created_at, last_used, expires_at, revoked_at)
VALUES ('turnback-check-fresh', 'turnback-check-user', 'hash', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000011',
        'agent', repeat('a', 64), '192.0.2.0/24', now() - interval '4 minutes 59 seconds', now() - interval '2 days', now() - interval '1 hour', now() + interval '1 day', NULL),
       ('turnback-check-recent', 'turnback-check-user', 'hash', '00000000-0000-4000-8000-000000000001', NULL,
        NULL, NULL, NULL, now() - interval '5 minutes', now() - interval '1 day', now() - interval '2 hours', now() + interval '1 day', NULL),
       ('turnback-check-stale', 'turnback-check-user', 'hash', '00000000-0000-4000-8000-000000000002', NULL,
        NULL, NULL, NULL, now() - interval '1 hour', now(), now(), now() + interval '1 day', NULL),
       ('turnback-check-revoked', 'turnback-check-user', 'hash', '00000000-0000-4000-8000-000000000001', NULL,
        NULL, NULL, NULL, now() - interval '1 day', now() - interval '3 days', now() - interval '1 day', now() + interval '1 day', now()),
       ('turnback-check-expired', 'turnback-check-user', 'hash', '00000000-0000-4000-8000-000000000001', NULL,
        NULL, NULL, NULL, now() - interval '1 day', now() - interval '1 day', now() - interval '1 day', now(), NULL);

-- turnback:check active_sessions shows live sessions only, with how fresh their authentication is
SELECT 'turnback-check-fresh fresh, turnback-check-recent recent, turnback-check-stale stale' AS expected,
       string_agg(v.id || ' ' || v.auth_freshness, ', ' ORDER BY v.id COLLATE "C") AS actual
  FROM active_sessions AS v WHERE v.user_id = 'turnback-check-user';

-- turnback:check active_sessions freshness turns to recent at 5 minutes and to stale at an hour
UPDATE auth_sessions SET auth_time = now() - interval '59 minutes 59 seconds' WHERE id = 'turnback-check-fresh';
SELECT 'recent' AS expected, v.auth_freshness AS actual
  FROM active_sessions AS v WHERE v.id = 'turnback-check-fresh';

-- turnback:check active_sessions tells session and user as they are
SELECT ROW('turnback-check-fresh', 'turnback-check-user', '00000000-0000-4000-8000-000000000001'::uuid,
           '00000000-0000-4000-8000-000000000011'::uuid, repeat('a', 64), '192.0.2.0/24'::cidr, 'agent',
           now() - interval '4 minutes 59 seconds', now() - interval '2 days', now() - interval '1 hour', now() + interval '1 day',
           'turnback-check@example.org', 'Turnback Check') AS expected,
       ROW(v.id, v.user_id, v.family_id, v.current_jti, v.device_hash, v.last_ip_cidr, v.user_agent,
           v.auth_time, v.created_at, v.last_used, v.expires_at, v.user_email, v.user_name) AS actual
  FROM active_sessions AS v WHERE v.id = 'turnback-check-fresh';

-- turnback:check session_families counts all, live and ended sessions, and spans their times
SELECT v.family_id AS what,
       CASE v.family_id
           WHEN '00000000-0000-4000-8000-000000000001' THEN
               ROW('turnback-check-user', 4, 2, 1, now() - interval '3 days', now() - interval '1 hour', now() - interval '4 minutes 59 seconds')
           ELSE
               ROW('turnback-check-user', 1, 1, 0, now(), now(), now() - interval '1 hour')
       END AS expected,
       ROW(v.user_id, v.total_sessions, v.active_sessions, v.revoked_sessions, v.family_created_at, v.family_last_used, v.latest_auth_time) AS actual
  FROM session_families AS v
 WHERE v.family_id IN ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002');

-- turnback:check the views have these columns, in this order
SELECT v.name AS what, v.columns AS expected,
       (SELECT string_agg(a.attname, ' ' ORDER BY a.attnum)
          FROM pg_attribute AS a
         WHERE a.attrelid = v.name::regclass AND a.attnum > 0) AS actual
  FROM (VALUES
           ('active_sessions', 'id user_id family_id current_jti device_hash last_ip_cidr user_agent auth_time created_at last_used expires_at user_email user_name auth_freshness'),
           ('session_families', 'family_id user_id total_sessions active_sessions revoked_sessions family_created_at family_last_used latest_auth_time')
       ) AS v(name, columns);

-- turnback:check the views read as whoever asks
-- turnback:skip-unless current_setting('server_version_num')::integer >= 150000
SELECT v.name AS what, true AS expected, 'security_invoker=true' = ANY (c.reloptions) AS actual
  FROM (VALUES ('active_sessions'), ('session_families')) AS v(name)
  JOIN pg_class AS c ON c.oid = v.name::regclass;
