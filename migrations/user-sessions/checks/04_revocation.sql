-- revoke_user_session() and revoke_other_user_sessions()

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

-- turnback:check A user ends a session of theirs once, and its access token is refused
SELECT true AS expected,
       revoke_user_session('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000001') AS actual;
SELECT false AS expected,
       revoke_user_session('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000001') AS actual;
SELECT what, expected, actual
  FROM user_sessions AS s
 CROSS JOIN LATERAL (VALUES
           ('active', 'false', s.is_active::text),
           ('revoked', localtimestamp::text, s.revoked_at::text),
           ('access token refused', 'true', is_access_token_revoked(s.access_token_hash)::text)
       ) AS v(what, expected, actual)
 WHERE s.id = '00000000-0000-4000-8000-000000000001';

-- turnback:check A session that was ended cannot be refreshed
SELECT revoke_user_session('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000001');
SELECT NULL::uuid AS expected, refresh_user_session(repeat('b1', 32), repeat('c1', 32)) AS actual;

-- turnback:check A session created after this transaction began is not revoked before it was created
SELECT true AS expected,
       revoke_user_session('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000003') AS actual;
SELECT created_at AS expected, revoked_at AS actual
  FROM user_sessions WHERE id = '00000000-0000-4000-8000-000000000003';

-- turnback:check Nobody ends somebody else's session, one that has ended, or none
SELECT 'not theirs' AS what, false AS expected,
       revoke_user_session('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000007') AS actual;
SELECT 'revoked' AS what, false AS expected,
       revoke_user_session('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000005') AS actual;
SELECT 'inactive' AS what, false AS expected,
       revoke_user_session('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000006') AS actual;
SELECT 'unknown' AS what, false AS expected,
       revoke_user_session('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000ff') AS actual;
SELECT 'null' AS what, false AS expected, revoke_user_session(NULL, NULL) AS actual;
SELECT 'no user' AS what, false AS expected,
       revoke_user_session(NULL, '00000000-0000-4000-8000-000000000001') AS actual;
SELECT 0 AS expected, count(*) AS actual
  FROM revoked_access_tokens
 WHERE token_hash IN (repeat('a1', 32), repeat('a5', 32), repeat('a6', 32), repeat('a7', 32));
SELECT true AS expected, is_active AS actual
  FROM user_sessions WHERE id = '00000000-0000-4000-8000-000000000007';

-- turnback:check Signing out everywhere else ends all active sessions of the user but the current one
SELECT 3 AS expected,
       revoke_other_user_sessions('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000002') AS actual;
SELECT '2,7' AS expected, string_agg(right(id::text, 1), ',' ORDER BY id) AS actual
  FROM user_sessions
 WHERE user_id IN ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000a2')
   AND is_active;
SELECT left(hash, 2) AS what, hash NOT IN (repeat('a2', 32), repeat('a5', 32), repeat('a6', 32), repeat('a7', 32)) AS expected,
       is_access_token_revoked(hash) AS actual
  FROM unnest(ARRAY[repeat('a1', 32), repeat('a2', 32), repeat('a3', 32), repeat('a4', 32),
                    repeat('a5', 32), repeat('a6', 32), repeat('a7', 32)]) AS hashes(hash);
SELECT 'revoked before' AS what, localtimestamp - interval '1 hour' AS expected, revoked_at AS actual
  FROM user_sessions WHERE id = '00000000-0000-4000-8000-000000000005';
SELECT 'again' AS what, 0 AS expected,
       revoke_other_user_sessions('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000002') AS actual;

-- turnback:check Without a current session all of them end
SELECT 4 AS expected, revoke_other_user_sessions('00000000-0000-4000-8000-0000000000a1', NULL) AS actual;

-- turnback:check A user without sessions, or none at all, has none to end
SELECT 0 AS expected, revoke_other_user_sessions('00000000-0000-4000-8000-0000000000af', NULL) AS actual;
SELECT 0 AS expected, revoke_other_user_sessions(NULL, NULL) AS actual;

-- turnback:check Two sessions that share an access token are ended together
UPDATE user_sessions SET access_token_hash = repeat('a1', 32) WHERE id = '00000000-0000-4000-8000-000000000002';
SELECT 4 AS expected, revoke_other_user_sessions('00000000-0000-4000-8000-0000000000a1', NULL) AS actual;
SELECT 1 AS expected, count(*) AS actual
  FROM revoked_access_tokens WHERE token_hash = repeat('a1', 32);
