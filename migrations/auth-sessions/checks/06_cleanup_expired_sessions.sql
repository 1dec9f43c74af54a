-- cleanup_expired_sessions(). It is called once: on a table that was never
-- cleaned it has much to delete, and to give back.

INSERT INTO users (id, email, name)
VALUES ('turnback-check-user', 'turnback-check@example.org', 'Turnback Check');

INSERT INTO auth_sessions (id, user_id, refresh_token_hash, expires_at, revoked_at)
VALUES ('turnback-check-live', 'turnback-check-user', 'hash', now() + interval '1 day', NULL),
       ('turnback-check-revoked', 'turnback-check-user', 'hash', now() + interval '1 day', now() - interval '30 days'),
       ('turnback-check-6-days', 'turnback-check-user', 'hash', now() - interval '6 days', NULL),
       ('turnback-check-7-days', 'turnback-check-user', 'hash', now() - interval '7 days', NULL),
       ('turnback-check-8-days', 'turnback-check-user', 'hash', now() - interval '8 days', NULL),
       ('turnback-check-8-days-revoked', 'turnback-check-user', 'hash', now() - interval '8 days', now() - interval '9 days');

-- turnback:check it deletes what expired more than 7 days ago, revoked or not, says how many, and notes it
SELECT 'noted as counted' AS what, true AS expected, deleted >= 2 AS actual
  FROM cleanup_expired_sessions() AS deleted;
SELECT 'left' AS what,
       'turnback-check-6-days, turnback-check-7-days, turnback-check-live, turnback-check-revoked' AS expected,
       string_agg(s.id, ', ' ORDER BY s.id COLLATE "C") AS actual
  FROM auth_sessions AS s WHERE s.user_id = 'turnback-check-user';
SELECT 'audit row' AS what, 'session_cleanup true  true' AS expected,
       concat_ws(' ', l.action, l.success::text, coalesce(l.user_id, ''), ((l.details ->> 'count')::integer >= 2)::text) AS actual
  FROM auth_audit_log AS l
 WHERE l.action = 'session_cleanup' AND l.created_at = now();
