-- cleanup_expired_user_sessions()

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

INSERT INTO revoked_access_tokens (token_hash, revoked_at, expires_at)
VALUES ('turnback-check-dead', localtimestamp - interval '15 minutes', localtimestamp),
       ('turnback-check-alive', localtimestamp, localtimestamp + interval '1 second');

-- The call takes in whatever else has expired in this database; all of it is
-- undone with the check.
-- turnback:check Expired sessions become inactive, dead refusals go, and nothing else changes
SELECT true AS expected, cleanup_expired_user_sessions() >= 1 AS actual;
SELECT right(id::text, 1) AS what,
       right(id::text, 1) IN ('1', '2', '3', '7') AS expected,
       is_active AS actual
  FROM user_sessions
 WHERE user_id IN ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000a2');
SELECT 'not revoked' AS what, NULL::timestamp AS expected, revoked_at AS actual
  FROM user_sessions WHERE id = '00000000-0000-4000-8000-000000000004';
SELECT 'turnback-check-alive' AS expected, string_agg(token_hash, ',') AS actual
  FROM revoked_access_tokens
 WHERE token_hash LIKE 'turnback-check-%';
SELECT 'again' AS what, 0 AS expected, cleanup_expired_user_sessions() AS actual;
