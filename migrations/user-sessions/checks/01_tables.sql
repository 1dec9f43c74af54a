-- What the tables accept and refuse.

INSERT INTO users (id, email)
VALUES ('00000000-0000-4000-8000-0000000000a1', 'turnback-check-a@example.org'),
       ('00000000-0000-4000-8000-0000000000a2', 'turnback-check-b@example.org');

INSERT INTO user_sessions (id, user_id, access_token_hash, refresh_token_hash, created_at, expires_at, is_active)
VALUES ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000a1',
        repeat('a1', 32), repeat('b1', 32), localtimestamp, localtimestamp + interval '7 days', true);

-- turnback:check A session with hashes of 64 hex digits is accepted, in either case
INSERT INTO user_sessions (id, user_id, access_token_hash, refresh_token_hash, created_at, expires_at, is_active)
VALUES ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-0000000000a1',
        repeat('0123456789ABCDEF', 4), repeat('fedcba9876543210', 4), localtimestamp, localtimestamp + interval '1 second', true);
SELECT true AS expected, is_active AS actual
  FROM user_sessions WHERE id = '00000000-0000-4000-8000-000000000002';

-- turnback:check Any other hash is refused
-- turnback:expect-error 23514
INSERT INTO user_sessions (id, user_id, access_token_hash, refresh_token_hash, created_at, expires_at, is_active)
VALUES ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-0000000000a1',
        repeat('a', 63), repeat('b', 64), localtimestamp, localtimestamp + interval '7 days', true);
-- turnback:expect-error 23514
INSERT INTO user_sessions (id, user_id, access_token_hash, refresh_token_hash, created_at, expires_at, is_active)
VALUES ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-0000000000a1',
        repeat('a', 64), repeat('b', 65), localtimestamp, localtimestamp + interval '7 days', true);
-- turnback:expect-error 23514
INSERT INTO user_sessions (id, user_id, access_token_hash, refresh_token_hash, created_at, expires_at, is_active)
VALUES ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-0000000000a1',
        repeat('g', 64), repeat('b', 64), localtimestamp, localtimestamp + interval '7 days', true);
-- turnback:expect-error 23514
INSERT INTO user_sessions (id, user_id, access_token_hash, refresh_token_hash, created_at, expires_at, is_active)
VALUES ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-0000000000a1',
        repeat('a', 64), repeat('b', 64) || E'\n', localtimestamp, localtimestamp + interval '7 days', true);
-- turnback:expect-error 23514
UPDATE user_sessions SET access_token_hash = '' WHERE id = '00000000-0000-4000-8000-000000000001';

-- turnback:check A session ends after it begins
-- turnback:expect-error 23514
INSERT INTO user_sessions (id, user_id, access_token_hash, refresh_token_hash, created_at, expires_at, is_active)
VALUES ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-0000000000a1',
        repeat('a', 64), repeat('b', 64), localtimestamp, localtimestamp, true);
-- turnback:expect-error 23514
UPDATE user_sessions SET expires_at = created_at - interval '1 second'
 WHERE id = '00000000-0000-4000-8000-000000000001';

-- turnback:check A revoked session is never active
-- turnback:expect-error 23514
UPDATE user_sessions SET revoked_at = localtimestamp WHERE id = '00000000-0000-4000-8000-000000000001';
UPDATE user_sessions SET revoked_at = localtimestamp, is_active = false
 WHERE id = '00000000-0000-4000-8000-000000000001';
-- turnback:expect-error 23514
UPDATE user_sessions SET is_active = true WHERE id = '00000000-0000-4000-8000-000000000001';
SELECT false AS expected, is_active AS actual
  FROM user_sessions WHERE id = '00000000-0000-4000-8000-000000000001';

-- turnback:check Of the checks only the one on revocation has read the existing rows
SELECT conname AS what, conname = 'user_sessions_revoked_is_inactive' AS expected, convalidated AS actual
  FROM pg_constraint
 WHERE conrelid = 'user_sessions'::regclass
   AND conname IN ('user_sessions_hashes_are_sha256', 'user_sessions_valid_expiry',
                   'user_sessions_revoked_is_inactive');

-- turnback:check An old session with another kind of hash can still be ended and changed once it is over
INSERT INTO user_sessions (id, user_id, access_token_hash, refresh_token_hash, created_at, expires_at, is_active)
VALUES ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-0000000000a1',
        'old', '', localtimestamp, localtimestamp - interval '1 day', false);
UPDATE user_sessions SET revoked_at = localtimestamp WHERE id = '00000000-0000-4000-8000-000000000003';
SELECT localtimestamp AS expected, revoked_at AS actual
  FROM user_sessions WHERE id = '00000000-0000-4000-8000-000000000003';

-- turnback:check A session belongs to a user who exists
-- turnback:expect-error 23503
INSERT INTO user_sessions (id, user_id, access_token_hash, refresh_token_hash, created_at, expires_at, is_active)
VALUES ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-0000000000af',
        repeat('a', 64), repeat('b', 64), localtimestamp, localtimestamp + interval '7 days', true);

-- turnback:check Deleting a user deletes their sessions
DELETE FROM users WHERE id = '00000000-0000-4000-8000-0000000000a1';
SELECT 0 AS expected, count(*) AS actual
  FROM user_sessions WHERE id = '00000000-0000-4000-8000-000000000001';

-- turnback:check Addresses, agents and device details may be missing, empty or garbage
UPDATE user_sessions
   SET ip_address = 'not an address', user_agent = E'back\\slash ''quote'' "quote" \U0001F600' || repeat('x', 10000),
       device_info = '[1]', metadata = NULL
 WHERE id = '00000000-0000-4000-8000-000000000001';
SELECT 'not an address' AS expected, ip_address AS actual
  FROM user_sessions WHERE id = '00000000-0000-4000-8000-000000000001';

-- turnback:check A token is refused once
INSERT INTO revoked_access_tokens (token_hash, revoked_at, expires_at)
VALUES ('turnback-check-token', localtimestamp, localtimestamp + interval '1 hour');
-- turnback:expect-error 23505
INSERT INTO revoked_access_tokens (token_hash, revoked_at, expires_at)
VALUES ('turnback-check-token', localtimestamp, localtimestamp + interval '1 hour');

-- turnback:check Every index of the set is there and valid
SELECT wanted.name AS what, true AS expected, coalesce(i.indisvalid AND i.indisready, false) AS actual
  FROM unnest(ARRAY[
           'idx_user_sessions_user_id', 'idx_user_sessions_access_token',
           'idx_user_sessions_refresh_token', 'idx_user_sessions_expires_at',
           'idx_user_sessions_active', 'idx_user_sessions_last_activity'
       ]) AS wanted(name)
  LEFT JOIN pg_index AS i
    ON i.indexrelid = to_regclass(wanted.name)
   AND i.indrelid = 'user_sessions'::regclass;
