-- handle_token_replay().

INSERT INTO users (id, email, name)
VALUES ('turnback-check-user', 'turnback-check@example.org', 'Turnback Check');

INSERT INTO auth_sessions (id, user_id, refresh_token_hash, family_id, current_jti, expires_at, revoked_at, rotated_from)
VALUES ('turnback-check-old', 'turnback-check-user', 'hash', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000011', now() + interval '1 day', now() - interval '1 hour', NULL),
       ('turnback-check-live', 'turnback-check-user', 'hash', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000012', now() + interval '1 day', NULL, 'turnback-check-old'),
       ('turnback-check-other', 'turnback-check-user', 'hash', '00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000013', now() + interval '1 day', NULL, NULL);

-- turnback:check the jti of an ended session is a replay: the family ends and the session that carried it is marked
SELECT true AS expected,
       handle_token_replay('00000000-0000-4000-8000-000000000011', '00000000-0000-4000-8000-000000000001') AS actual;
SELECT s.id AS what,
       CASE s.id WHEN 'turnback-check-other' THEN 'live' ELSE 'ended' END AS expected,
       CASE WHEN s.revoked_at IS NULL THEN 'live' ELSE 'ended' END AS actual
  FROM auth_sessions AS s WHERE s.user_id = 'turnback-check-user';
SELECT s.id AS what,
       CASE s.id WHEN 'turnback-check-old' THEN '00000000-0000-4000-8000-000000000011'::uuid END AS expected,
       s.reused_jti_of AS actual
  FROM auth_sessions AS s WHERE s.user_id = 'turnback-check-user';

-- turnback:check a replay is noted as one, besides the revocation
SELECT handle_token_replay('00000000-0000-4000-8000-000000000011', '00000000-0000-4000-8000-000000000001');
SELECT 'actions' AS what, 'session_family_revoked, token_replay_detected' AS expected,
       string_agg(l.action, ', ' ORDER BY l.action) AS actual
  FROM auth_audit_log AS l WHERE l.details ->> 'family_id' = '00000000-0000-4000-8000-000000000001'
UNION ALL
SELECT 'reason', 'token_replay', l.details ->> 'reason'
  FROM auth_audit_log AS l
 WHERE l.details ->> 'family_id' = '00000000-0000-4000-8000-000000000001' AND l.action = 'session_family_revoked'
UNION ALL
SELECT 'success, jti, session, user', 'false 00000000-0000-4000-8000-000000000011 turnback-check-old turnback-check-user',
       concat_ws(' ', l.success::text, l.details ->> 'jti', l.details ->> 'session_id', l.user_id)
  FROM auth_audit_log AS l
 WHERE l.details ->> 'family_id' = '00000000-0000-4000-8000-000000000001' AND l.action = 'token_replay_detected';

-- turnback:check the jti of the live session, an unknown one, and one of another family are no replay and change nothing
SELECT 'live' AS what, false AS expected,
       handle_token_replay('00000000-0000-4000-8000-000000000012', '00000000-0000-4000-8000-000000000001') AS actual
UNION ALL
SELECT 'unknown', false,
       handle_token_replay('00000000-0000-4000-8000-0000000000fd', '00000000-0000-4000-8000-000000000001')
UNION ALL
SELECT 'of another family', false,
       handle_token_replay('00000000-0000-4000-8000-000000000011', '00000000-0000-4000-8000-000000000002')
UNION ALL
SELECT 'in an unknown family', false,
       handle_token_replay('00000000-0000-4000-8000-000000000011', '00000000-0000-4000-8000-0000000000fd');
SELECT 'live sessions' AS what, 2 AS expected, count(*) AS actual
  FROM auth_sessions AS s WHERE s.user_id = 'turnback-check-user' AND s.revoked_at IS NULL AND s.reused_jti_of IS NULL
UNION ALL
SELECT 'audit rows', 0, count(*)
  FROM auth_audit_log AS l WHERE l.user_id = 'turnback-check-user';

-- turnback:check the same replay is told again the second time
SELECT handle_token_replay('00000000-0000-4000-8000-000000000011', '00000000-0000-4000-8000-000000000001');
SELECT true AS expected,
       handle_token_replay('00000000-0000-4000-8000-000000000011', '00000000-0000-4000-8000-000000000001') AS actual;

-- turnback:check a jti whose reuse was seen on a session stays a replay after that session took another
UPDATE auth_sessions SET reused_jti_of = '00000000-0000-4000-8000-000000000014' WHERE id = 'turnback-check-live';
SELECT true AS expected,
       handle_token_replay('00000000-0000-4000-8000-000000000014', '00000000-0000-4000-8000-000000000001') AS actual;

-- turnback:check a token without a jti or a family is an error, and does not pass
-- turnback:expect-error 22004
SELECT handle_token_replay(NULL, '00000000-0000-4000-8000-000000000001');
-- turnback:expect-error 22004
SELECT handle_token_replay('00000000-0000-4000-8000-000000000011', NULL);
