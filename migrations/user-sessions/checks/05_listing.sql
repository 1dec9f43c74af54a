-- list_user_sessions(), active_user_sessions and user_session_devices

INSERT INTO users (id, email)
VALUES ('00000000-0000-4000-8000-0000000000a1', 'turnback-check-a@example.org'),
       ('00000000-0000-4000-8000-0000000000a2', 'turnback-check-b@example.org');

INSERT INTO user_sessions
       (id, user_id, access_token_hash, refresh_token_hash, created_at, last_activity_at, expires_at, is_active, revoked_at)
VALUES ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000a1', repeat('a1', 32), repeat('b1', 32),
        localtimestamp - interval '1 day', localtimestamp - interval '2 hours', localtimestamp + interval '6 days', true, NULL),
       ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-0000000000a1', repeat('a2', 32), repeat('b2', 32),
        localtimestamp - interval '1 day', localtimestamp - interval '1 hour', localtimestamp + interval '6 days', true, NULL),
       -- Created after this transaction began, as now() sees it.
       ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-0000000000a1', repeat('a3', 32), repeat('b3', 32),
        localtimestamp + interval '1 minute', NULL, localtimestamp + interval '7 days', true, NULL),
       -- Expired this moment, revoked, and inactive for another reason.
       ('00000000-0000-4000-8000-000000000004', '00000000-0000-4000-8000-0000000000a1', repeat('a4', 32), repeat('b4', 32),
        localtimestamp - interval '7 days', localtimestamp, localtimestamp, true, NULL),
       ('00000000-0000-4000-8000-000000000005', '00000000-0000-4000-8000-0000000000a1', repeat('a5', 32), repeat('b5', 32),
        localtimestamp - interval '1 day', localtimestamp, localtimestamp + interval '6 days', false, localtimestamp - interval '1 hour'),
       ('00000000-0000-4000-8000-000000000006', '00000000-0000-4000-8000-0000000000a1', repeat('a6', 32), repeat('b6', 32),
        localtimestamp - interval '1 day', localtimestamp, localtimestamp + interval '6 days', false, NULL),
       -- Somebody else's.
       ('00000000-0000-4000-8000-000000000007', '00000000-0000-4000-8000-0000000000a2', repeat('a7', 32), repeat('b7', 32),
        localtimestamp - interval '1 day', localtimestamp, localtimestamp + interval '6 days', true, NULL);

UPDATE user_sessions SET device_info = '{"device_type": "phone"}', ip_address = '203.0.113.7',
       user_agent = 'agent', metadata = '{"app": 2}' WHERE id = '00000000-0000-4000-8000-000000000001';
UPDATE user_sessions SET device_info = '{"deviceType": "phone"}' WHERE id = '00000000-0000-4000-8000-000000000004';
UPDATE user_sessions SET device_info = '{"type": "desktop", "device_type": ""}' WHERE id = '00000000-0000-4000-8000-000000000002';
UPDATE user_sessions SET device_info = '{}' WHERE id = '00000000-0000-4000-8000-000000000003';
UPDATE user_sessions SET device_info = '[1]' WHERE id = '00000000-0000-4000-8000-000000000005';
UPDATE user_sessions SET device_info = NULL WHERE id = '00000000-0000-4000-8000-000000000006';

-- turnback:check Live sessions of the user are listed, the one used last first
SELECT '3,2,1' AS expected, string_agg(right(id::text, 1), ',' ORDER BY n) AS actual
  FROM list_user_sessions('00000000-0000-4000-8000-0000000000a1') WITH ORDINALITY AS s
       (id, device_info, ip_address, user_agent, metadata, created_at, last_activity_at, expires_at, is_current, n);

-- turnback:check The current session is marked, and none without one
SELECT right(id::text, 1) AS what, id = '00000000-0000-4000-8000-000000000002' AS expected, is_current AS actual
  FROM list_user_sessions('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000002');
SELECT right(id::text, 1) AS what, false AS expected, is_current AS actual
  FROM list_user_sessions('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000007');
SELECT right(id::text, 1) AS what, false AS expected, is_current AS actual
  FROM list_user_sessions('00000000-0000-4000-8000-0000000000a1', NULL);

-- turnback:check An unknown or null user has no sessions
SELECT 0 AS expected, count(*) AS actual FROM list_user_sessions('00000000-0000-4000-8000-0000000000af');
SELECT 0 AS expected, count(*) AS actual FROM list_user_sessions(NULL);

-- turnback:check The list and the view show what is known of a session
SELECT what, expected, actual
  FROM list_user_sessions('00000000-0000-4000-8000-0000000000a1') AS s
 CROSS JOIN LATERAL (VALUES
           ('device', '{"device_type": "phone"}', s.device_info::text),
           ('address', '203.0.113.7', s.ip_address),
           ('agent', 'agent', s.user_agent),
           ('metadata', '{"app": 2}', s.metadata::text),
           ('created', (localtimestamp - interval '1 day')::text, s.created_at::text),
           ('used', (localtimestamp - interval '2 hours')::text, s.last_activity_at::text),
           ('expires', (localtimestamp + interval '6 days')::text, s.expires_at::text)
       ) AS v(what, expected, actual)
 WHERE s.id = '00000000-0000-4000-8000-000000000001';
SELECT what, expected, actual
  FROM active_user_sessions AS s
 CROSS JOIN LATERAL (VALUES
           ('user', '00000000-0000-4000-8000-0000000000a1', s.user_id::text),
           ('device', '{"device_type": "phone"}', s.device_info::text),
           ('address', '203.0.113.7', s.ip_address),
           ('agent', 'agent', s.user_agent),
           ('metadata', '{"app": 2}', s.metadata::text),
           ('created', (localtimestamp - interval '1 day')::text, s.created_at::text),
           ('used', (localtimestamp - interval '2 hours')::text, s.last_activity_at::text),
           ('expires', (localtimestamp + interval '6 days')::text, s.expires_at::text)
       ) AS v(what, expected, actual)
 WHERE s.id = '00000000-0000-4000-8000-000000000001';

-- turnback:check The view shows live sessions only
SELECT '1,2,3' AS expected, string_agg(right(id::text, 1), ',' ORDER BY id) AS actual
  FROM active_user_sessions
 WHERE user_id = '00000000-0000-4000-8000-0000000000a1';

-- turnback:check Devices are counted by type, with garbage as unknown
SELECT d.device_type AS what, v.expected,
       concat_ws(' ', d.sessions, d.active_sessions, d.last_activity_at - localtimestamp) AS actual
  FROM user_session_devices AS d
  LEFT JOIN (VALUES ('phone', '2 1 00:00:00'), ('desktop', '1 1 -01:00:00'), ('unknown', '3 1 00:01:00')
       ) AS v(device_type, expected) USING (device_type)
 WHERE d.user_id = '00000000-0000-4000-8000-0000000000a1';
SELECT 3 AS expected, count(*) AS actual
  FROM user_session_devices
 WHERE user_id = '00000000-0000-4000-8000-0000000000a1';

-- turnback:check Nothing that is listed has a hash
SELECT 0 AS expected, count(*) AS actual
  FROM pg_attribute
 WHERE attrelid IN ('active_user_sessions'::regclass, 'user_session_devices'::regclass)
   AND attname LIKE '%hash%';

-- turnback:check The views read as the one who asks
-- turnback:skip-unless current_setting('server_version_num')::integer >= 150000
SELECT c.relname AS what, true AS expected, 'security_invoker=true' = ANY (c.reloptions) AS actual
  FROM pg_class AS c
 WHERE c.oid IN ('active_user_sessions'::regclass, 'user_session_devices'::regclass);
