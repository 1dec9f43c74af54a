-- revoke_session_family().

INSERT INTO users (id, email, name)
VALUES ('turnback-check-user', 'turnback-check@example.org', 'Turnback Check');

INSERT INTO auth_sessions (id, user_id, refresh_token_hash, family_id, expires_at, revoked_at)
VALUES ('turnback-check-1', 'turnback-check-user', 'hash', '00000000-0000-4000-8000-000000000001', now() + interval '1 day', NULL),
       ('turnback-check-2', 'turnback-check-user', 'hash', '00000000-0000-4000-8000-000000000001', now() + interval '1 day', NULL),
       ('turnback-check-ended', 'turnback-check-user', 'hash', '00000000-0000-4000-8000-000000000001', now() + interval '1 day', now() - interval '1 hour'),
       ('turnback-check-other', 'turnback-check-user', 'hash', '00000000-0000-4000-8000-000000000002', now() + interval '1 day', NULL);

-- turnback:check it ends the live sessions of the family, says how many, and touches no other
SELECT 2 AS expected, revoke_session_family('00000000-0000-4000-8000-000000000001', 'turnback check') AS actual;
SELECT s.id AS what,
       CASE s.id
           WHEN 'turnback-check-ended' THEN now() - interval '1 hour'
           WHEN 'turnback-check-other' THEN NULL
           ELSE now()
       END AS expected,
       s.revoked_at AS actual
  FROM auth_sessions AS s
 WHERE s.user_id = 'turnback-check-user';

-- turnback:check it writes one audit row, with family, reason and count
SELECT revoke_session_family('00000000-0000-4000-8000-000000000001', 'turnback check');
SELECT 'rows' AS what, 1::text AS expected, count(*)::text AS actual
  FROM auth_audit_log AS l WHERE l.details ->> 'family_id' = '00000000-0000-4000-8000-000000000001'
UNION ALL
SELECT 'action', 'session_family_revoked', l.action
  FROM auth_audit_log AS l WHERE l.details ->> 'family_id' = '00000000-0000-4000-8000-000000000001'
UNION ALL
SELECT 'user', 'turnback-check-user', l.user_id
  FROM auth_audit_log AS l WHERE l.details ->> 'family_id' = '00000000-0000-4000-8000-000000000001'
UNION ALL
SELECT 'success', 'true', l.success::text
  FROM auth_audit_log AS l WHERE l.details ->> 'family_id' = '00000000-0000-4000-8000-000000000001'
UNION ALL
SELECT 'details', jsonb_build_object('family_id', '00000000-0000-4000-8000-000000000001', 'reason', 'turnback check', 'count', 2)::text, l.details::text
  FROM auth_audit_log AS l WHERE l.details ->> 'family_id' = '00000000-0000-4000-8000-000000000001';

-- turnback:check without a reason, or with null, the reason is family_revoked
SELECT revoke_session_family('00000000-0000-4000-8000-000000000001');
SELECT revoke_session_family('00000000-0000-4000-8000-000000000002', NULL);
SELECT 'family_revoked' AS expected, l.details ->> 'reason' AS actual
  FROM auth_audit_log AS l
 WHERE l.details ->> 'family_id' IN ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002');

-- turnback:check a second call finds nothing left to end
SELECT revoke_session_family('00000000-0000-4000-8000-000000000001');
SELECT 0 AS expected, revoke_session_family('00000000-0000-4000-8000-000000000001') AS actual;

-- turnback:check an unknown family ends nothing, and the attempt is noted
SELECT 0 AS expected, revoke_session_family('00000000-0000-4000-8000-0000000000fe') AS actual;
SELECT '0 ' AS expected, (l.details ->> 'count') || ' ' || coalesce(l.user_id, '') AS actual
  FROM auth_audit_log AS l
 WHERE l.details ->> 'family_id' = '00000000-0000-4000-8000-0000000000fe';

-- turnback:check a family of null is an error, not an empty success
-- turnback:expect-error 22004
SELECT revoke_session_family(NULL);
