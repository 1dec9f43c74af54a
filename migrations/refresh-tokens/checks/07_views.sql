-- active_refresh_tokens and security_event_summary

INSERT INTO refresh_tokens
       (id, user_id, token, device_name, device_fingerprint, ip_address, user_agent, last_used_at, expires_at, revoked_at)
VALUES ('00000000-0000-4000-8000-000000000001', 'turnback-check-user', 'turnback-check-live',
        'Phone', 'fp-1', '203.0.113.7', 'agent', localtimestamp, localtimestamp + interval '1 hour', NULL),
       ('00000000-0000-4000-8000-000000000002', 'turnback-check-user', 'turnback-check-expired',
        'Phone', 'fp-1', NULL, NULL, localtimestamp, localtimestamp, NULL),
       ('00000000-0000-4000-8000-000000000003', 'turnback-check-user', 'turnback-check-revoked',
        'Phone', 'fp-1', NULL, NULL, localtimestamp, localtimestamp + interval '1 hour', localtimestamp);

-- In the far past, on days that no real event shares.
INSERT INTO security_events (id, event_type, severity, user_id, created_at)
VALUES ('00000000-0000-4000-8000-000000000011', 'turnback-check', 'high', 'turnback-check-a', '1000-01-01 00:00'),
       ('00000000-0000-4000-8000-000000000012', 'turnback-check', 'high', 'turnback-check-a', '1000-01-01 12:00'),
       ('00000000-0000-4000-8000-000000000013', 'turnback-check', 'high', 'turnback-check-b', '1000-01-01 23:59:59'),
       ('00000000-0000-4000-8000-000000000014', 'turnback-check', 'low', NULL, '1000-01-01 12:00'),
       ('00000000-0000-4000-8000-000000000015', 'turnback-check', 'high', 'turnback-check-b', '1000-01-02 00:00');

-- turnback:check The live tokens of a user are shown, and no others
SELECT '00000000-0000-4000-8000-000000000001' AS expected, string_agg(id::text, ',') AS actual
  FROM active_refresh_tokens
 WHERE user_id = 'turnback-check-user';

-- turnback:check A live token is shown with its device and last use
SELECT what, expected, actual
  FROM active_refresh_tokens AS t
 CROSS JOIN LATERAL (VALUES
           ('device', 'Phone', t.device_name),
           ('fingerprint', 'fp-1', t.device_fingerprint),
           ('address', '203.0.113.7', t.ip_address),
           ('agent', 'agent', t.user_agent),
           ('created', localtimestamp::text, coalesce(t.created_at, localtimestamp)::text),
           ('last use', localtimestamp::text, t.last_used_at::text),
           ('expires', (localtimestamp + interval '1 hour')::text, t.expires_at::text)
       ) AS v(what, expected, actual)
 WHERE t.id = '00000000-0000-4000-8000-000000000001';

-- turnback:check No view shows a token
SELECT 0 AS expected, count(*) AS actual
  FROM pg_attribute
 WHERE attrelid IN ('active_refresh_tokens'::regclass, 'security_event_summary'::regclass)
   AND attname = 'token';

-- turnback:check Events are counted by day, type and severity
SELECT concat_ws(' ', s.day, s.severity) AS what, expected, concat_ws(' ', event_count, distinct_users, last_seen) AS actual
  FROM security_event_summary AS s
  JOIN (VALUES (date '1000-01-01', 'high', '3 2 1000-01-01 23:59:59'),
               (date '1000-01-01', 'low', '1 0 1000-01-01 12:00:00'),
               (date '1000-01-02', 'high', '1 1 1000-01-02 00:00:00')
       ) AS v(day, severity, expected)
    ON s.day = v.day AND s.severity = v.severity
 WHERE s.event_type = 'turnback-check';
SELECT 3 AS expected, count(*) AS actual
  FROM security_event_summary
 WHERE event_type = 'turnback-check';

-- turnback:check The views read as the one who asks
-- turnback:skip-unless current_setting('server_version_num')::integer >= 150000
SELECT c.relname AS what, true AS expected, 'security_invoker=true' = ANY (c.reloptions) AS actual
  FROM pg_class AS c
 WHERE c.oid IN ('active_refresh_tokens'::regclass, 'security_event_summary'::regclass);
