-- rotate_session_token().

INSERT INTO users (id, email, name)
VALUES ('turnback-check-user', 'turnback-check@example.org', 'Turnback Check');

INSERT INTO auth_sessions (id, user_id, refresh_token_hash, family_id, current_jti, user_agent, ip, device_hash, last_ip_cidr, auth_time, created_at, expires_at, revoked_at)
VALUES ('turnback-check-1', 'turnback-check-user', 'hash-1', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000011',
        'agent \\', '192.0.2.7', repeat('a', 64), '192.0.2.0/24', now() - interval '3 hours', now() - interval '3 hours', now() + interval '1 day', NULL),
       ('turnback-check-signed-out', 'turnback-check-user', 'hash-2', '00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000012',
        NULL, NULL, NULL, NULL, now(), now(), now() + interval '1 day', now() - interval '1 minute'),
       ('turnback-check-expired', 'turnback-check-user', 'hash-3', '00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000013',
        NULL, NULL, NULL, NULL, now(), now() - interval '2 days', now() - interval '1 day', NULL);

-- turnback:check it ends the old session and begins a successor that inherits what must go on
SELECT true AS expected,
       rotate_session_token('turnback-check-1', 'turnback-check-1b', '00000000-0000-4000-8000-000000000021', 'hash-1b', now() + interval '2 days') AS actual;
SELECT 'old one ended' AS what, true AS expected, s.revoked_at = now() AS actual
  FROM auth_sessions AS s WHERE s.id = 'turnback-check-1'
UNION ALL
SELECT 'inherited', true,
       (new.user_id, new.family_id, new.user_agent, new.ip, new.device_hash, new.last_ip_cidr, new.auth_time)
       IS NOT DISTINCT FROM
       (old.user_id, old.family_id, old.user_agent, old.ip, old.device_hash, old.last_ip_cidr, old.auth_time)
  FROM auth_sessions AS old, auth_sessions AS new
 WHERE old.id = 'turnback-check-1' AND new.id = 'turnback-check-1b'
UNION ALL
SELECT 'its own', true,
       new.rotated_from = 'turnback-check-1'
       AND new.current_jti = '00000000-0000-4000-8000-000000000021'
       AND new.refresh_token_hash = 'hash-1b'
       AND new.expires_at = now() + interval '2 days'
       AND new.created_at = now() AND new.last_used = now()
       AND new.revoked_at IS NULL AND new.reused_jti_of IS NULL
  FROM auth_sessions AS new WHERE new.id = 'turnback-check-1b';

-- turnback:check an ordinary rotation writes no audit row
SELECT rotate_session_token('turnback-check-1', 'turnback-check-1b', '00000000-0000-4000-8000-000000000021', 'hash-1b', now() + interval '2 days');
SELECT 0 AS expected, count(*) AS actual
  FROM auth_audit_log AS l WHERE l.user_id = 'turnback-check-user';

-- turnback:check rotations can follow each other
SELECT true AS expected, rotate_session_token('turnback-check-1', 'turnback-check-1b', '00000000-0000-4000-8000-000000000021', 'hash', now() + interval '2 days') AS actual;
SELECT true AS expected, rotate_session_token('turnback-check-1b', 'turnback-check-1c', '00000000-0000-4000-8000-000000000022', 'hash', now() + interval '2 days') AS actual;
SELECT 'turnback-check-1c' AS expected, s.id AS actual
  FROM auth_sessions AS s
 WHERE s.family_id = '00000000-0000-4000-8000-000000000001' AND s.revoked_at IS NULL;

-- turnback:check of two callers who rotate one session, one gets true; the other is a replay, and the family ends
SELECT 'first' AS what, true AS expected,
       rotate_session_token('turnback-check-1', 'turnback-check-1b', '00000000-0000-4000-8000-000000000021', 'hash', now() + interval '2 days') AS actual;
SELECT 'second' AS what, false AS expected,
       rotate_session_token('turnback-check-1', 'turnback-check-1x', '00000000-0000-4000-8000-000000000023', 'hash', now() + interval '2 days') AS actual;
SELECT 'live sessions' AS what, 0::text AS expected, count(*)::text AS actual
  FROM auth_sessions AS s
 WHERE s.family_id = '00000000-0000-4000-8000-000000000001' AND s.revoked_at IS NULL
UNION ALL
SELECT 'no second successor', 0::text, count(*)::text
  FROM auth_sessions AS s WHERE s.id = 'turnback-check-1x'
UNION ALL
SELECT 'marked', '00000000-0000-4000-8000-000000000011', s.reused_jti_of::text
  FROM auth_sessions AS s WHERE s.id = 'turnback-check-1'
UNION ALL
SELECT 'audit', 'session_family_revoked token_replay 1, token_replay_detected 00000000-0000-4000-8000-000000000011 false',
       string_agg(concat_ws(' ', l.action,
                            CASE l.action WHEN 'session_family_revoked' THEN l.details ->> 'reason' ELSE l.details ->> 'jti' END,
                            CASE l.action WHEN 'session_family_revoked' THEN l.details ->> 'count' ELSE l.success::text END),
                  ', ' ORDER BY l.action)
  FROM auth_audit_log AS l WHERE l.details ->> 'family_id' = '00000000-0000-4000-8000-000000000001';

-- turnback:check a new jti that the family has seen is a replay, be it the live session's own
SELECT rotate_session_token('turnback-check-1', 'turnback-check-1b', '00000000-0000-4000-8000-000000000021', 'hash', now() + interval '2 days');
SELECT 'of an ended session' AS what, false AS expected,
       rotate_session_token('turnback-check-1b', 'turnback-check-1c', '00000000-0000-4000-8000-000000000011', 'hash', now() + interval '2 days') AS actual;
SELECT 'live sessions' AS what, 0 AS expected, count(*) AS actual
  FROM auth_sessions AS s
 WHERE s.family_id = '00000000-0000-4000-8000-000000000001' AND s.revoked_at IS NULL;

-- turnback:check a new jti that is the old session's own is a replay
SELECT false AS expected,
       rotate_session_token('turnback-check-1', 'turnback-check-1b', '00000000-0000-4000-8000-000000000011', 'hash', now() + interval '2 days') AS actual;
SELECT 'ended and marked' AS what, true AS expected,
       s.revoked_at = now() AND s.reused_jti_of = '00000000-0000-4000-8000-000000000011' AS actual
  FROM auth_sessions AS s WHERE s.id = 'turnback-check-1';

-- turnback:check a new jti whose reuse was seen in the family is a replay
UPDATE auth_sessions SET reused_jti_of = '00000000-0000-4000-8000-000000000014' WHERE id = 'turnback-check-1';
SELECT false AS expected,
       rotate_session_token('turnback-check-1', 'turnback-check-1b', '00000000-0000-4000-8000-000000000014', 'hash', now() + interval '2 days') AS actual;
SELECT 'ended' AS what, now() AS expected, s.revoked_at AS actual
  FROM auth_sessions AS s WHERE s.id = 'turnback-check-1';

-- turnback:check a session that is unknown, signed out or expired is not rotated, and nothing changes
SELECT 'unknown' AS what, false AS expected,
       rotate_session_token('turnback-check-nobody', 'turnback-check-x', '00000000-0000-4000-8000-000000000031', 'hash', now() + interval '2 days') AS actual
UNION ALL
SELECT 'null', false,
       rotate_session_token(NULL, 'turnback-check-x', '00000000-0000-4000-8000-000000000031', 'hash', now() + interval '2 days')
UNION ALL
SELECT 'signed out', false,
       rotate_session_token('turnback-check-signed-out', 'turnback-check-x', '00000000-0000-4000-8000-000000000031', 'hash', now() + interval '2 days')
UNION ALL
SELECT 'expired', false,
       rotate_session_token('turnback-check-expired', 'turnback-check-x', '00000000-0000-4000-8000-000000000031', 'hash', now() + interval '2 days');
SELECT 'sessions' AS what, 3 AS expected, count(*) AS actual
  FROM auth_sessions AS s WHERE s.user_id = 'turnback-check-user'
UNION ALL
SELECT 'live ones', 2, count(*)
  FROM auth_sessions AS s WHERE s.user_id = 'turnback-check-user' AND s.revoked_at IS NULL
UNION ALL
SELECT 'audit rows', 0, count(*)
  FROM auth_audit_log AS l WHERE l.user_id = 'turnback-check-user';

-- turnback:check a successor without id, jti, hash or expiry, or with the id of another session, is an error
-- turnback:expect-error 22004
SELECT rotate_session_token('turnback-check-1', NULL, '00000000-0000-4000-8000-000000000021', 'hash', now() + interval '2 days');
-- turnback:expect-error 22004
SELECT rotate_session_token('turnback-check-1', 'turnback-check-1b', NULL, 'hash', now() + interval '2 days');
-- turnback:expect-error 22004
SELECT rotate_session_token('turnback-check-1', 'turnback-check-1b', '00000000-0000-4000-8000-000000000021', NULL, now() + interval '2 days');
-- turnback:expect-error 22004
SELECT rotate_session_token('turnback-check-1', 'turnback-check-1b', '00000000-0000-4000-8000-000000000021', 'hash', NULL);
-- turnback:expect-error 23505
SELECT rotate_session_token('turnback-check-1', 'turnback-check-expired', '00000000-0000-4000-8000-000000000021', 'hash', now() + interval '2 days');
SELECT 'still live' AS what, NULL::timestamptz AS expected, s.revoked_at AS actual
  FROM auth_sessions AS s WHERE s.id = 'turnback-check-1';
