-- revoke_refresh_token() and revoke_user_refresh_tokens()

INSERT INTO refresh_tokens (id, user_id, token, created_at, expires_at, revoked_at)
VALUES ('00000000-0000-4000-8000-000000000001', 'turnback-check-user', 'turnback-check-1',
        localtimestamp, localtimestamp + interval '1 hour', NULL),
       ('00000000-0000-4000-8000-000000000002', 'turnback-check-user', 'turnback-check-2',
        localtimestamp, localtimestamp + interval '1 hour', NULL),
       ('00000000-0000-4000-8000-000000000003', 'turnback-check-user', 'turnback-check-3',
        localtimestamp + interval '1 minute', localtimestamp + interval '1 hour', NULL),
       ('00000000-0000-4000-8000-000000000004', 'turnback-check-user', 'turnback-check-revoked',
        localtimestamp - interval '1 day', localtimestamp + interval '1 hour', localtimestamp - interval '1 hour'),
       ('00000000-0000-4000-8000-000000000005', 'turnback-check-other', 'turnback-check-other',
        localtimestamp, localtimestamp + interval '1 hour', NULL);

-- turnback:check A token is revoked once, and that is recorded once
SELECT true AS expected, revoke_refresh_token('turnback-check-1', 'logout') AS actual;
SELECT false AS expected, revoke_refresh_token('turnback-check-1', 'again') AS actual;
SELECT localtimestamp AS expected, revoked_at AS actual
  FROM refresh_tokens WHERE id = '00000000-0000-4000-8000-000000000001';
SELECT 'token_revoked info turnback-check-user logout' AS expected,
       concat_ws(' ', event_type, severity, user_id, metadata ->> 'reason') AS actual
  FROM security_events
 WHERE token_id = '00000000-0000-4000-8000-000000000001';
SELECT 1 AS expected, count(*) AS actual
  FROM security_events
 WHERE token_id = '00000000-0000-4000-8000-000000000001';

-- turnback:check A revoked token is neither verified nor extended
SELECT true AS expected, revoke_refresh_token('turnback-check-1', NULL) AS actual;
SELECT 0 AS expected, count(*) AS actual FROM verify_refresh_token('turnback-check-1', NULL);
SELECT NULL::timestamp AS expected, extend_refresh_token('turnback-check-1') AS actual;

-- turnback:check A token created after this transaction began is not revoked before it was created
SELECT true AS expected, revoke_refresh_token('turnback-check-3', 'logout') AS actual;
SELECT created_at AS expected, revoked_at AS actual
  FROM refresh_tokens WHERE id = '00000000-0000-4000-8000-000000000003';

-- turnback:check Unknown, revoked and null tokens are not revoked, and nothing is recorded
SELECT token AS what, false AS expected, revoke_refresh_token(token, 'logout') AS actual
  FROM unnest(ARRAY['turnback-check-revoked', 'turnback-check-unknown', '', NULL]) AS tokens(token);
SELECT localtimestamp - interval '1 hour' AS expected, revoked_at AS actual
  FROM refresh_tokens WHERE id = '00000000-0000-4000-8000-000000000004';
SELECT 0 AS expected, count(*) AS actual
  FROM security_events
 WHERE user_id = 'turnback-check-user';

-- turnback:check All tokens of a user end but the one that asks, and each is recorded
SELECT 2 AS expected,
       revoke_user_refresh_tokens('turnback-check-user', '00000000-0000-4000-8000-000000000002') AS actual;
SELECT right(id::text, 1) AS what,
       id <> '00000000-0000-4000-8000-000000000002' AND user_id = 'turnback-check-user' AS expected,
       revoked_at IS NOT NULL AS actual
  FROM refresh_tokens
 WHERE user_id IN ('turnback-check-user', 'turnback-check-other');
SELECT '1,3' AS expected, string_agg(right(token_id::text, 1), ',' ORDER BY token_id) AS actual
  FROM security_events
 WHERE user_id = 'turnback-check-user' AND event_type = 'token_revoked' AND severity = 'info';

-- turnback:check Without an exception all tokens of the user end, and a second call finds none
SELECT 3 AS expected, revoke_user_refresh_tokens('turnback-check-user') AS actual;
SELECT 0 AS expected, revoke_user_refresh_tokens('turnback-check-user') AS actual;
SELECT 3 AS expected, count(*) AS actual
  FROM security_events
 WHERE user_id = 'turnback-check-user';

-- turnback:check An unknown or null user has no tokens to revoke
SELECT 0 AS expected, revoke_user_refresh_tokens('turnback-check-nobody') AS actual;
SELECT 0 AS expected, revoke_user_refresh_tokens(NULL) AS actual;
