-- last_activity_at

INSERT INTO users (id, email)
VALUES ('00000000-0000-4000-8000-0000000000a1', 'turnback-check-a@example.org'),
       ('00000000-0000-4000-8000-0000000000a2', 'turnback-check-b@example.org');

INSERT INTO user_sessions (id, user_id, access_token_hash, refresh_token_hash, created_at, last_activity_at, expires_at, is_active)
VALUES ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000a1',
        repeat('a1', 32), repeat('b1', 32), localtimestamp - interval '1 day', localtimestamp - interval '1 hour',
        localtimestamp + interval '7 days', true),
       ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-0000000000a1',
        repeat('a2', 32), repeat('b2', 32), localtimestamp - interval '1 day', localtimestamp + interval '1 hour',
        localtimestamp + interval '7 days', true),
       ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-0000000000a1',
        repeat('a3', 32), repeat('b3', 32), localtimestamp - interval '1 day', NULL,
        localtimestamp + interval '7 days', true);

-- turnback:check A new access token moves last_activity_at to now
UPDATE user_sessions SET access_token_hash = repeat('c1', 32)
 WHERE id IN ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000003');
SELECT right(id::text, 1) AS what, true AS expected,
       coalesce(last_activity_at BETWEEN localtimestamp AND clock_timestamp()::timestamp, false) AS actual
  FROM user_sessions
 WHERE id IN ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000003');

-- turnback:check A second token in the same transaction moves it again
UPDATE user_sessions SET access_token_hash = repeat('c1', 32) WHERE id = '00000000-0000-4000-8000-000000000001';
SELECT set_config('turnback_check.before', last_activity_at::text, true)
  FROM user_sessions WHERE id = '00000000-0000-4000-8000-000000000001';
SELECT pg_sleep(0.001);
UPDATE user_sessions SET access_token_hash = repeat('d1', 32) WHERE id = '00000000-0000-4000-8000-000000000001';
SELECT true AS expected, last_activity_at > current_setting('turnback_check.before')::timestamp AS actual
  FROM user_sessions WHERE id = '00000000-0000-4000-8000-000000000001';

-- turnback:check It never moves back, with or without a new token
UPDATE user_sessions SET access_token_hash = repeat('c2', 32) WHERE id = '00000000-0000-4000-8000-000000000002';
SELECT 'new token' AS what, localtimestamp + interval '1 hour' AS expected, last_activity_at AS actual
  FROM user_sessions WHERE id = '00000000-0000-4000-8000-000000000002';
UPDATE user_sessions SET last_activity_at = localtimestamp - interval '1 year' WHERE id = '00000000-0000-4000-8000-000000000002';
SELECT 'set back' AS what, localtimestamp + interval '1 hour' AS expected, last_activity_at AS actual
  FROM user_sessions WHERE id = '00000000-0000-4000-8000-000000000002';
UPDATE user_sessions SET last_activity_at = NULL WHERE id = '00000000-0000-4000-8000-000000000002';
SELECT 'set to null' AS what, localtimestamp + interval '1 hour' AS expected, last_activity_at AS actual
  FROM user_sessions WHERE id = '00000000-0000-4000-8000-000000000002';
UPDATE user_sessions SET last_activity_at = localtimestamp - interval '1 year', access_token_hash = repeat('e2', 32)
 WHERE id = '00000000-0000-4000-8000-000000000002';
SELECT 'both' AS what, localtimestamp + interval '1 hour' AS expected, last_activity_at AS actual
  FROM user_sessions WHERE id = '00000000-0000-4000-8000-000000000002';

-- turnback:check The application can move it forward
UPDATE user_sessions SET last_activity_at = localtimestamp WHERE id = '00000000-0000-4000-8000-000000000001';
SELECT localtimestamp AS expected, last_activity_at AS actual
  FROM user_sessions WHERE id = '00000000-0000-4000-8000-000000000001';

-- turnback:check Other changes, and the same token again, leave it where it is
UPDATE user_sessions SET user_agent = 'other', access_token_hash = access_token_hash
 WHERE id = '00000000-0000-4000-8000-000000000001';
SELECT localtimestamp - interval '1 hour' AS expected, last_activity_at AS actual
  FROM user_sessions WHERE id = '00000000-0000-4000-8000-000000000001';
