-- Columns, defaults and constraints, tried with rows of their own.

INSERT INTO users (id, email, name)
VALUES ('turnback-check-user', 'turnback-check@example.org', 'Turnback Check'),
       ('turnback-check-other', 'turnback-check-other@example.org', NULL);

INSERT INTO auth_sessions (id, user_id, refresh_token_hash, expires_at)
VALUES ('turnback-check-plain', 'turnback-check-user', 'hash', now() + interval '1 day');

-- turnback:check a session written without family and auth_time has both, and nothing else of what is new
SELECT 'family_id' AS what, true AS expected, s.family_id IS NOT NULL AS actual
  FROM auth_sessions AS s WHERE s.id = 'turnback-check-plain'
UNION ALL
SELECT 'auth_time', true, s.auth_time = now()
  FROM auth_sessions AS s WHERE s.id = 'turnback-check-plain'
UNION ALL
SELECT 'the rest', true, num_nonnulls(s.current_jti, s.reused_jti_of, s.device_hash, s.last_ip_cidr, s.revoked_at) = 0
  FROM auth_sessions AS s WHERE s.id = 'turnback-check-plain';

-- turnback:check two sessions written without a family do not share one
INSERT INTO auth_sessions (id, user_id, refresh_token_hash, expires_at)
VALUES ('turnback-check-second', 'turnback-check-user', 'hash', now() + interval '1 day');
SELECT 2 AS expected, count(DISTINCT s.family_id) AS actual
  FROM auth_sessions AS s
 WHERE s.id IN ('turnback-check-plain', 'turnback-check-second');

-- turnback:check the columns of the set have the types applications rely on
SELECT wanted.name AS what,
       wanted.type AS expected,
       format_type(a.atttypid, a.atttypmod) AS actual
  FROM (VALUES ('family_id', 'uuid'),
               ('revoked_at', 'timestamp with time zone'),
               ('current_jti', 'uuid'),
               ('reused_jti_of', 'uuid'),
               ('device_hash', 'character varying(64)'),
               ('last_ip_cidr', 'cidr'),
               ('auth_time', 'timestamp with time zone')) AS wanted(name, type)
  LEFT JOIN pg_attribute AS a
    ON a.attrelid = 'auth_sessions'::regclass AND a.attname = wanted.name;

-- turnback:check a session needs a family, a time of authentication, a user, a hash and an expiry
-- turnback:expect-error 23502
UPDATE auth_sessions SET family_id = NULL WHERE id = 'turnback-check-plain';
-- turnback:expect-error 23502
UPDATE auth_sessions SET auth_time = NULL WHERE id = 'turnback-check-plain';
-- turnback:expect-error 23502
UPDATE auth_sessions SET user_id = NULL WHERE id = 'turnback-check-plain';
-- turnback:expect-error 23502
UPDATE auth_sessions SET refresh_token_hash = NULL WHERE id = 'turnback-check-plain';
-- turnback:expect-error 23502
UPDATE auth_sessions SET expires_at = NULL WHERE id = 'turnback-check-plain';

-- turnback:check no two sessions have one id, no two users one address
-- turnback:expect-error 23505
INSERT INTO auth_sessions (id, user_id, refresh_token_hash, expires_at)
VALUES ('turnback-check-plain', 'turnback-check-user', 'hash', now() + interval '1 day');
-- turnback:expect-error 23505
INSERT INTO users (id, email) VALUES ('turnback-check-user', 'turnback-check-new@example.org');
-- turnback:expect-error 23505
INSERT INTO users (id, email) VALUES ('turnback-check-new', 'turnback-check@example.org');

-- turnback:check a session belongs to a user who exists
-- turnback:skip-unless EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'auth_sessions'::regclass AND confrelid = 'users'::regclass AND contype = 'f')
-- turnback:expect-error 23503
INSERT INTO auth_sessions (id, user_id, refresh_token_hash, expires_at)
VALUES ('turnback-check-orphan', 'turnback-check-nobody', 'hash', now() + interval '1 day');

-- turnback:check deleting a user deletes their sessions and keeps their audit trail
-- turnback:skip-unless (SELECT count(*) = 2 FROM pg_constraint WHERE contype = 'f' AND confrelid = 'users'::regclass AND ((conrelid = 'auth_sessions'::regclass AND confdeltype = 'c') OR (conrelid = 'auth_audit_log'::regclass AND confdeltype = 'n')))
INSERT INTO auth_audit_log (user_id, action, success, details)
VALUES ('turnback-check-user', 'turnback-check', true, '{"turnback": "check"}');
DELETE FROM users WHERE id = 'turnback-check-user';
SELECT 'sessions' AS what, 0 AS expected, count(*) AS actual
  FROM auth_sessions AS s WHERE s.user_id = 'turnback-check-user'
UNION ALL
SELECT 'audit rows', 1, count(*)
  FROM auth_audit_log AS l WHERE l.action = 'turnback-check' AND l.user_id IS NULL AND l.details = '{"turnback": "check"}';

-- turnback:check a jti belongs to one live session of a family, and to any number of ended ones
INSERT INTO auth_sessions (id, user_id, refresh_token_hash, family_id, current_jti, expires_at)
VALUES ('turnback-check-jti', 'turnback-check-user', 'hash', '00000000-0000-4000-8000-000000000001',
        '00000000-0000-4000-8000-000000000002', now() + interval '1 day');
-- turnback:expect-error 23505
INSERT INTO auth_sessions (id, user_id, refresh_token_hash, family_id, current_jti, expires_at)
VALUES ('turnback-check-twin', 'turnback-check-user', 'hash', '00000000-0000-4000-8000-000000000001',
        '00000000-0000-4000-8000-000000000002', now() + interval '1 day');
INSERT INTO auth_sessions (id, user_id, refresh_token_hash, family_id, current_jti, expires_at, revoked_at)
VALUES ('turnback-check-ended-1', 'turnback-check-user', 'hash', '00000000-0000-4000-8000-000000000001',
        '00000000-0000-4000-8000-000000000002', now() + interval '1 day', now()),
       ('turnback-check-ended-2', 'turnback-check-user', 'hash', '00000000-0000-4000-8000-000000000001',
        '00000000-0000-4000-8000-000000000002', now() + interval '1 day', now());
INSERT INTO auth_sessions (id, user_id, refresh_token_hash, family_id, current_jti, expires_at)
VALUES ('turnback-check-elsewhere', 'turnback-check-user', 'hash', '00000000-0000-4000-8000-000000000003',
        '00000000-0000-4000-8000-000000000002', now() + interval '1 day');
SELECT 4 AS expected, count(*) AS actual
  FROM auth_sessions AS s
 WHERE s.current_jti = '00000000-0000-4000-8000-000000000002';

-- turnback:check a reused jti need not be one that any session carries
UPDATE auth_sessions SET reused_jti_of = '00000000-0000-4000-8000-0000000000ff' WHERE id = 'turnback-check-plain';
SELECT '00000000-0000-4000-8000-0000000000ff'::uuid AS expected, s.reused_jti_of AS actual
  FROM auth_sessions AS s WHERE s.id = 'turnback-check-plain';

-- turnback:check device_hash takes a SHA-256 in hex and nothing longer, last_ip_cidr a network and nothing else
UPDATE auth_sessions
   SET device_hash = encode(sha256(convert_to(E'agent \\ "x" \U0001F511', 'UTF8')), 'hex'),
       last_ip_cidr = '2001:db8:1:2::/64'
 WHERE id = 'turnback-check-plain';
SELECT 64 AS expected, length(s.device_hash) AS actual
  FROM auth_sessions AS s WHERE s.id = 'turnback-check-plain';
-- turnback:expect-error 22001
UPDATE auth_sessions SET device_hash = repeat('0', 65) WHERE id = 'turnback-check-plain';
-- turnback:expect-error 22P02
UPDATE auth_sessions SET last_ip_cidr = '192.0.2.1/24' WHERE id = 'turnback-check-plain';

-- turnback:check an audit row needs an action and a result
-- turnback:expect-error 23502
INSERT INTO auth_audit_log (user_id, action, success) VALUES ('turnback-check-user', NULL, true);
-- turnback:expect-error 23502
INSERT INTO auth_audit_log (user_id, action, success) VALUES ('turnback-check-user', 'turnback-check', NULL);

-- turnback:check the text form of the family follows the uuid, where a base had text
-- turnback:skip-unless EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'auth_sessions'::regclass AND attname = 'family_id_text' AND NOT attisdropped)
UPDATE auth_sessions SET family_id = '00000000-0000-4000-8000-000000000004' WHERE id = 'turnback-check-plain';
SELECT 'changed' AS what, '00000000-0000-4000-8000-000000000004' AS expected, to_jsonb(s) ->> 'family_id_text' AS actual
  FROM auth_sessions AS s WHERE s.id = 'turnback-check-plain';
INSERT INTO auth_sessions (id, user_id, refresh_token_hash, expires_at)
VALUES ('turnback-check-default', 'turnback-check-user', 'hash', now() + interval '1 day');
SELECT 'by default' AS what, s.family_id::text AS expected, to_jsonb(s) ->> 'family_id_text' AS actual
  FROM auth_sessions AS s WHERE s.id = 'turnback-check-default';
