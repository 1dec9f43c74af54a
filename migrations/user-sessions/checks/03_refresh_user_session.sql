-- refresh_user_session(), is_access_token_revoked() and the lifetimes

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

-- turnback:check A live session gets a new access token, and the old one is refused for its lifetime
SET LOCAL user_sessions.access_ttl = '';
SELECT '00000000-0000-4000-8000-000000000001'::uuid AS expected,
       refresh_user_session(repeat('b1', 32), repeat('c1', 32)) AS actual;
SELECT what, expected, actual
  FROM user_sessions AS s
 CROSS JOIN LATERAL (VALUES
           ('access token', repeat('c1', 32), s.access_token_hash),
           ('refresh token', repeat('b1', 32), s.refresh_token_hash),
           ('expires', (localtimestamp + interval '6 days')::text, s.expires_at::text),
           ('used', 'true', (s.last_activity_at >= localtimestamp)::text)
       ) AS v(what, expected, actual)
 WHERE s.id = '00000000-0000-4000-8000-000000000001';
SELECT what, expected, actual
  FROM revoked_access_tokens AS r
 CROSS JOIN LATERAL (VALUES
           ('session', '00000000-0000-4000-8000-000000000001', r.session_id::text),
           ('since', localtimestamp::text, r.revoked_at::text),
           ('until', (localtimestamp + interval '15 minutes')::text, r.expires_at::text)
       ) AS v(what, expected, actual)
 WHERE r.token_hash = repeat('a1', 32);
SELECT 'old' AS what, true AS expected, is_access_token_revoked(repeat('a1', 32)) AS actual;
SELECT 'new' AS what, false AS expected, is_access_token_revoked(repeat('c1', 32)) AS actual;

-- turnback:check Of two refreshes the second replaces the first one's token, and both old ones are refused
SELECT refresh_user_session(repeat('b1', 32), repeat('c1', 32));
SELECT '00000000-0000-4000-8000-000000000001'::uuid AS expected,
       refresh_user_session(repeat('b1', 32), repeat('d1', 32)) AS actual;
SELECT left(hash, 2) AS what, hash <> repeat('d1', 32) AS expected, is_access_token_revoked(hash) AS actual
  FROM unnest(ARRAY[repeat('a1', 32), repeat('c1', 32), repeat('d1', 32)]) AS hashes(hash);

-- turnback:check A repeated call does not have the token refused that is valid now
SELECT refresh_user_session(repeat('b1', 32), repeat('c1', 32));
SELECT '00000000-0000-4000-8000-000000000001'::uuid AS expected,
       refresh_user_session(repeat('b1', 32), repeat('c1', 32)) AS actual;
SELECT false AS expected, is_access_token_revoked(repeat('c1', 32)) AS actual;

-- turnback:check Expired, revoked, inactive, unknown and null refresh tokens give null, and nothing is refused
SELECT left(hash, 2) AS what, NULL::uuid AS expected, refresh_user_session(hash, repeat('c1', 32)) AS actual
  FROM unnest(ARRAY[repeat('b4', 32), repeat('b5', 32), repeat('b6', 32), repeat('ff', 32), '', 'old', NULL]) AS hashes(hash);
SELECT 0 AS expected, count(*) AS actual
  FROM revoked_access_tokens
 WHERE token_hash IN (repeat('a4', 32), repeat('a5', 32), repeat('a6', 32));

-- turnback:check A new access token that is no hash is refused, and the old one stays good
-- turnback:expect-error 23514
SELECT refresh_user_session(repeat('b1', 32), 'not a hash');
SELECT false AS expected, is_access_token_revoked(repeat('a1', 32)) AS actual;

-- turnback:check A refused token is refused until its time is over, and a later refusal counts
INSERT INTO revoked_access_tokens (token_hash, session_id, revoked_at, expires_at)
VALUES (repeat('a1', 32), NULL, localtimestamp - interval '1 hour', localtimestamp),
       (repeat('a2', 32), NULL, localtimestamp, localtimestamp + interval '1 day');
SELECT 'over' AS what, false AS expected, is_access_token_revoked(repeat('a1', 32)) AS actual;
SELECT refresh_user_session(repeat('b1', 32), repeat('c1', 32));
SELECT 'again' AS what, true AS expected, is_access_token_revoked(repeat('a1', 32)) AS actual;
SELECT refresh_user_session(repeat('b2', 32), repeat('c2', 32));
SELECT 'longer' AS what, localtimestamp + interval '1 day' AS expected, expires_at AS actual
  FROM revoked_access_tokens WHERE token_hash = repeat('a2', 32);
SELECT 'unknown' AS what, false AS expected, is_access_token_revoked(repeat('ee', 32)) AS actual;
SELECT 'null' AS what, false AS expected, is_access_token_revoked(NULL) AS actual;

-- turnback:check The lifetimes are settings, with defaults, and an empty one is none
SET LOCAL user_sessions.access_ttl = '';
SET LOCAL user_sessions.refresh_ttl = '';
SELECT interval '15 minutes' AS expected, user_session_access_ttl() AS actual;
SELECT interval '7 days' AS expected, user_session_refresh_ttl() AS actual;
SET LOCAL user_sessions.access_ttl = '5 minutes';
SET LOCAL user_sessions.refresh_ttl = '30 days';
SELECT interval '5 minutes' AS expected, user_session_access_ttl() AS actual;
SELECT interval '30 days' AS expected, user_session_refresh_ttl() AS actual;
SELECT refresh_user_session(repeat('b1', 32), repeat('c1', 32));
SELECT localtimestamp + interval '5 minutes' AS expected, expires_at AS actual
  FROM revoked_access_tokens WHERE token_hash = repeat('a1', 32);

-- turnback:check A lifetime that is no time, or no interval, is refused
SET LOCAL user_sessions.access_ttl = '0';
SET LOCAL user_sessions.refresh_ttl = '-1 day';
-- turnback:expect-error 22023
SELECT user_session_access_ttl();
-- turnback:expect-error 22023
SELECT user_session_refresh_ttl();
-- turnback:expect-error 22023
SELECT refresh_user_session(repeat('b1', 32), repeat('c1', 32));
SET LOCAL user_sessions.access_ttl = 'soon';
-- turnback:expect-error 22007
SELECT user_session_access_ttl();

-- turnback:check Sessions and refusals written with the session's clock hold in any TimeZone
SET LOCAL TimeZone = 'Pacific/Kiritimati';
INSERT INTO user_sessions (id, user_id, access_token_hash, refresh_token_hash, created_at, expires_at, is_active)
VALUES ('00000000-0000-4000-8000-000000000011', '00000000-0000-4000-8000-0000000000a1', repeat('1a', 32), repeat('1b', 32),
        current_timestamp, now() + interval '1 minute', true);
SELECT 'east' AS what, '00000000-0000-4000-8000-000000000011'::uuid AS expected,
       refresh_user_session(repeat('1b', 32), repeat('1c', 32)) AS actual;
SELECT 'east' AS what, true AS expected, is_access_token_revoked(repeat('1a', 32)) AS actual;
SET LOCAL TimeZone = 'Pacific/Pago_Pago';
INSERT INTO user_sessions (id, user_id, access_token_hash, refresh_token_hash, created_at, expires_at, is_active)
VALUES ('00000000-0000-4000-8000-000000000012', '00000000-0000-4000-8000-0000000000a1', repeat('2a', 32), repeat('2b', 32),
        current_timestamp, now() + interval '1 minute', true);
SELECT 'west' AS what, '00000000-0000-4000-8000-000000000012'::uuid AS expected,
       refresh_user_session(repeat('2b', 32), repeat('2c', 32)) AS actual;
SELECT 'west' AS what, true AS expected, is_access_token_revoked(repeat('2a', 32)) AS actual;
