-- What the table, its constraints, its indexes and its functions promise, seen by
-- the owner of the table, whom the policy does not bind.

-- Two users. An adopted users table can have more columns that must have a value;
-- each gets one of its type, and those with a default keep it.
DO $$
DECLARE
    columns text;
    given   text;
BEGIN
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
           string_agg(
               CASE
                   WHEN a.attname = 'id' THEN 'person.id'
                   WHEN t.typcategory = 'S' THEN format('%L || person.id', 'turnback-check-')
                   WHEN t.typcategory = 'N' THEN '0'
                   WHEN t.typcategory = 'B' THEN 'false'
                   WHEN t.typcategory = 'D' THEN 'now()'
                   WHEN t.typname = 'uuid' THEN 'person.id'
                   ELSE 'NULL'
               END, ', ' ORDER BY a.attnum)
      INTO columns, given
      FROM pg_attribute AS a
      JOIN pg_type AS t ON t.oid = a.atttypid
     WHERE a.attrelid = 'users'::regclass
       AND a.attnum > 0
       AND NOT a.attisdropped
       AND (a.attname = 'id'
            OR a.attnotnull AND NOT a.atthasdef AND a.attidentity = '');

    EXECUTE format(
        'INSERT INTO users (%s) SELECT %s FROM (VALUES (%L::uuid), (%L::uuid)) AS person (id)',
        columns,
        given,
        '00000000-0000-4000-8000-000000000001',
        '00000000-0000-4000-8000-000000000002'
    );
END
$$;

-- Of user 1: 11 in use, 12 expired, 13 revoked. Of user 2: 21 in use.
INSERT INTO sessions (id, user_id, refresh_token_hash, created_at, last_used_at, expires_at)
VALUES
    ('00000000-0000-4000-8000-000000000011', '00000000-0000-4000-8000-000000000001',
     'turnback-check-11', now() - interval '2 days', now() - interval '1 day', now() + interval '1 day'),
    ('00000000-0000-4000-8000-000000000012', '00000000-0000-4000-8000-000000000001',
     'turnback-check-12', now() - interval '3 days', now() - interval '2 days', now() - interval '1 day'),
    ('00000000-0000-4000-8000-000000000013', '00000000-0000-4000-8000-000000000001',
     'turnback-check-13', now() - interval '2 days', now() - interval '1 day', now() + interval '1 day'),
    ('00000000-0000-4000-8000-000000000021', '00000000-0000-4000-8000-000000000002',
     'turnback-check-21', now() - interval '2 days', now() - interval '1 day', now() + interval '1 day');

UPDATE sessions
   SET is_revoked = true, revoked_at = now() - interval '1 day', revoked_reason = 'logout'
 WHERE id = '00000000-0000-4000-8000-000000000013';

-- turnback:check In the table this set makes, a session needs no more than its user, its token's hash and its end.
-- turnback:skip-unless obj_description('sessions'::regclass, 'pg_class') LIKE 'Signed-in devices, one row each.%'
INSERT INTO sessions (user_id, refresh_token_hash, expires_at)
VALUES ('00000000-0000-4000-8000-000000000002', 'turnback-check-defaults', now() + interval '1 day');
SELECT v.what, v.expected, v.actual
  FROM sessions AS s
 CROSS JOIN LATERAL (VALUES
           ('id is a uuid of version 4', '4', substr(s.id::text, 15, 1)),
           ('user_agent', NULL, s.user_agent::text),
           ('ip_address', NULL, s.ip_address::text),
           ('device_name', NULL, s.device_name::text),
           ('device_type', 'unknown', s.device_type::text),
           ('is_revoked', 'false', s.is_revoked::text),
           ('revoked_at', NULL, s.revoked_at::text),
           ('revoked_reason', NULL, s.revoked_reason::text),
           ('created_at', now()::text, s.created_at::text),
           ('last_used_at', now()::text, s.last_used_at::text)
       ) AS v (what, expected, actual)
 WHERE s.user_id = '00000000-0000-4000-8000-000000000002'
   AND s.refresh_token_hash = 'turnback-check-defaults';

-- turnback:check In the table this set makes, nothing that a session cannot be without can be null.
-- turnback:skip-unless obj_description('sessions'::regclass, 'pg_class') LIKE 'Signed-in devices, one row each.%'
-- turnback:expect-error 23502
UPDATE sessions SET id = NULL WHERE id = '00000000-0000-4000-8000-000000000021';
-- turnback:expect-error 23502
UPDATE sessions SET user_id = NULL WHERE id = '00000000-0000-4000-8000-000000000021';
-- turnback:expect-error 23502
UPDATE sessions SET refresh_token_hash = NULL WHERE id = '00000000-0000-4000-8000-000000000021';
-- turnback:expect-error 23502
UPDATE sessions SET device_type = NULL WHERE id = '00000000-0000-4000-8000-000000000021';
-- turnback:expect-error 23502
UPDATE sessions SET expires_at = NULL WHERE id = '00000000-0000-4000-8000-000000000021';
-- turnback:expect-error 23502
UPDATE sessions SET is_revoked = NULL WHERE id = '00000000-0000-4000-8000-000000000021';
-- turnback:expect-error 23502
UPDATE sessions SET created_at = NULL WHERE id = '00000000-0000-4000-8000-000000000021';
-- turnback:expect-error 23502
UPDATE sessions SET last_used_at = NULL WHERE id = '00000000-0000-4000-8000-000000000021';

-- turnback:check No two sessions have one id.
-- turnback:expect-error 23505
INSERT INTO sessions (id, user_id, refresh_token_hash, expires_at)
VALUES ('00000000-0000-4000-8000-000000000021', '00000000-0000-4000-8000-000000000002',
        'turnback-check-twice', now() + interval '1 day');

-- turnback:check A session ends after it begins (sessions_valid_expiry).
-- turnback:expect-error 23514
UPDATE sessions SET expires_at = created_at WHERE id = '00000000-0000-4000-8000-000000000021';
-- turnback:expect-error 23514
UPDATE sessions SET expires_at = created_at - interval '1 microsecond'
 WHERE id = '00000000-0000-4000-8000-000000000021';
-- turnback:expect-error 23514
INSERT INTO sessions (id, user_id, refresh_token_hash, expires_at)
VALUES ('00000000-0000-4000-8000-000000000029', '00000000-0000-4000-8000-000000000002',
        'turnback-check-29', now());
UPDATE sessions SET expires_at = created_at + interval '1 microsecond'
 WHERE id = '00000000-0000-4000-8000-000000000021'
RETURNING 'an instant later is accepted' AS what, created_at + interval '1 microsecond' AS expected, expires_at AS actual;

-- turnback:check A session is not revoked before it begins (sessions_valid_revocation).
-- turnback:expect-error 23514
UPDATE sessions SET revoked_at = created_at - interval '1 microsecond'
 WHERE id = '00000000-0000-4000-8000-000000000021';
UPDATE sessions SET revoked_at = created_at
 WHERE id = '00000000-0000-4000-8000-000000000021'
RETURNING 'the same instant is accepted' AS what, created_at AS expected, revoked_at AS actual;
UPDATE sessions SET revoked_at = NULL
 WHERE id = '00000000-0000-4000-8000-000000000021'
RETURNING 'none is accepted' AS what, NULL AS expected, revoked_at AS actual;

-- turnback:check Both rules hold for the rows that were here before them, too.
SELECT wanted.name AS what, true AS expected, c.convalidated AS actual
  FROM (VALUES ('sessions_valid_expiry'), ('sessions_valid_revocation')) AS wanted (name)
  LEFT JOIN pg_constraint AS c ON c.conrelid = 'sessions'::regclass AND c.conname = wanted.name;

-- turnback:check A session belongs to a user who exists, and goes when the user goes.
-- turnback:expect-error 23503
INSERT INTO sessions (id, user_id, refresh_token_hash, expires_at)
VALUES ('00000000-0000-4000-8000-000000000091', '00000000-0000-4000-8000-000000000009',
        'turnback-check-91', now() + interval '1 day');
-- turnback:expect-error 23503
UPDATE sessions SET user_id = '00000000-0000-4000-8000-000000000009'
 WHERE id = '00000000-0000-4000-8000-000000000021';
DELETE FROM users WHERE id = '00000000-0000-4000-8000-000000000001';
SELECT 'only user 2 has sessions left' AS what,
       '00000000-0000-4000-8000-000000000021' AS expected,
       string_agg(id::text, ', ' ORDER BY id) AS actual
  FROM sessions
 WHERE user_id IN ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002');

-- turnback:check The indexes are there, valid, and hold what they are for.
SELECT wanted.name AS what,
       wanted.holds AS expected,
       (SELECT concat_ws(' where ',
                         string_agg(pg_get_indexdef(i.indexrelid, k, true), ', ' ORDER BY k),
                         pg_get_expr(i.indpred, i.indrelid))
          FROM pg_index AS i
          JOIN pg_class AS c ON c.oid = i.indexrelid
         CROSS JOIN generate_series(1, i.indnkeyatts) AS k
         WHERE i.indrelid = 'sessions'::regclass
           AND i.indisvalid
           AND c.relname = wanted.name
         GROUP BY i.indexrelid, i.indrelid, i.indpred) AS actual
  FROM (VALUES
           ('idx_sessions_user_id', 'user_id'),
           ('idx_sessions_active', 'user_id, is_revoked where (is_revoked = false)'),
           ('idx_sessions_expires_at', 'expires_at where (is_revoked = false)'),
           ('idx_sessions_ip_address', 'ip_address where (is_revoked = false)'),
           ('idx_sessions_last_used', 'last_used_at where (is_revoked = false)')
       ) AS wanted (name, holds);

-- turnback:check revoke_session ends a session once, and says whether it did.
SELECT 'in use' AS what, true AS expected,
       revoke_session('00000000-0000-4000-8000-000000000011', 'password_change') AS actual;
SELECT v.what, v.expected, v.actual
  FROM sessions AS s
 CROSS JOIN LATERAL (VALUES
           ('is_revoked', 'true', s.is_revoked::text),
           ('revoked_at', now()::text, s.revoked_at::text),
           ('revoked_reason', 'password_change', s.revoked_reason)
       ) AS v (what, expected, actual)
 WHERE s.id = '00000000-0000-4000-8000-000000000011';
SELECT 'the second time' AS what, false AS expected,
       revoke_session('00000000-0000-4000-8000-000000000011', 'logout') AS actual;
SELECT 'the first reason stays' AS what, 'password_change' AS expected, revoked_reason AS actual
  FROM sessions WHERE id = '00000000-0000-4000-8000-000000000011';
SELECT 'one that does not exist' AS what, false AS expected,
       revoke_session('00000000-0000-4000-8000-000000000099', 'logout') AS actual;
SELECT 'null' AS what, false AS expected, revoke_session(NULL, 'logout') AS actual;
SELECT 'nobody else''s is touched' AS what, false AS expected, is_revoked AS actual
  FROM sessions WHERE id = '00000000-0000-4000-8000-000000000021';

-- turnback:check A session that began after this transaction did can be ended in it.
UPDATE sessions SET created_at = now() + interval '1 minute'
 WHERE id IN ('00000000-0000-4000-8000-000000000011', '00000000-0000-4000-8000-000000000021');
SELECT 'revoke_session' AS what, true AS expected,
       revoke_session('00000000-0000-4000-8000-000000000011', 'logout') AS actual;
SELECT 'revoke_all_sessions' AS what, 1 AS expected,
       revoke_all_sessions('00000000-0000-4000-8000-000000000002', 'logout') AS actual;
SELECT 'revoked_at of ' || id AS what, created_at AS expected, revoked_at AS actual
  FROM sessions
 WHERE id IN ('00000000-0000-4000-8000-000000000011', '00000000-0000-4000-8000-000000000021');

-- turnback:check revoke_all_sessions ends what one user has, but for the session that asks.
SELECT 'of two, all but one' AS what, 1 AS expected,
       revoke_all_sessions('00000000-0000-4000-8000-000000000001', 'password_change',
                           '00000000-0000-4000-8000-000000000011') AS actual;
SELECT v.what, v.expected, concat_ws(' ', s.is_revoked, s.revoked_at = now(), s.revoked_reason) AS actual
  FROM (VALUES
           ('the one that asks', '00000000-0000-4000-8000-000000000011'::uuid, 'f'),
           ('expired', '00000000-0000-4000-8000-000000000012', 't t password_change'),
           ('revoked before, left as it was', '00000000-0000-4000-8000-000000000013', 't f logout'),
           ('another user''s', '00000000-0000-4000-8000-000000000021', 'f')
       ) AS v (what, id, expected)
  JOIN sessions AS s ON s.id = v.id;
SELECT 'without an exception, the rest' AS what, 1 AS expected,
       revoke_all_sessions('00000000-0000-4000-8000-000000000001', 'admin_action') AS actual;
SELECT 'then nothing is left' AS what, 0 AS expected,
       revoke_all_sessions('00000000-0000-4000-8000-000000000001', 'admin_action') AS actual;
SELECT 'a user that does not exist' AS what, 0 AS expected,
       revoke_all_sessions('00000000-0000-4000-8000-000000000009', 'logout') AS actual;

-- turnback:check touch_session records that a session is in use, and never moves the time back.
SELECT 'in use' AS what, true AS expected,
       touch_session('00000000-0000-4000-8000-000000000011') AS actual;
SELECT 'last_used_at' AS what, now() AS expected, last_used_at AS actual
  FROM sessions WHERE id = '00000000-0000-4000-8000-000000000011';
UPDATE sessions SET last_used_at = now() + interval '1 minute'
 WHERE id = '00000000-0000-4000-8000-000000000021';
SELECT 'touched later by another transaction' AS what, true AS expected,
       touch_session('00000000-0000-4000-8000-000000000021') AS actual;
SELECT 'which keeps its time' AS what, now() + interval '1 minute' AS expected, last_used_at AS actual
  FROM sessions WHERE id = '00000000-0000-4000-8000-000000000021';

-- turnback:check touch_session refuses a session that has ended, and changes nothing.
SELECT 'expired' AS what, false AS expected,
       touch_session('00000000-0000-4000-8000-000000000012') AS actual;
SELECT 'revoked' AS what, false AS expected,
       touch_session('00000000-0000-4000-8000-000000000013') AS actual;
SELECT 'one that does not exist' AS what, false AS expected,
       touch_session('00000000-0000-4000-8000-000000000099') AS actual;
SELECT 'last_used_at of ' || id AS what, true AS expected, last_used_at < now() AS actual
  FROM sessions
 WHERE id IN ('00000000-0000-4000-8000-000000000012', '00000000-0000-4000-8000-000000000013');

-- turnback:check cleanup_sessions deletes what ended longer ago than the grace, and nothing else.
-- A grace of a hundred years, so that no real session is among them.
UPDATE sessions SET created_at = '1800-01-01', expires_at = '1800-01-02'
 WHERE id = '00000000-0000-4000-8000-000000000012';
UPDATE sessions SET created_at = '1800-01-01', revoked_at = '1800-01-02'
 WHERE id = '00000000-0000-4000-8000-000000000013';
UPDATE sessions SET created_at = '1800-01-01', last_used_at = '1800-01-01'
 WHERE id = '00000000-0000-4000-8000-000000000011';
UPDATE sessions SET created_at = '1800-01-01', expires_at = now() - interval '99 years'
 WHERE id = '00000000-0000-4000-8000-000000000021';
SELECT 'expired and revoked' AS what, 2 AS expected, cleanup_sessions('100 years') AS actual;
SELECT 'what is in use, and what ended within the grace, stays' AS what,
       '00000000-0000-4000-8000-000000000011, 00000000-0000-4000-8000-000000000021' AS expected,
       string_agg(id::text, ', ' ORDER BY id) AS actual
  FROM sessions
 WHERE user_id IN ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002');

-- turnback:check cleanup_sessions refuses a grace that would delete sessions in use.
-- turnback:expect-error 22023
SELECT cleanup_sessions(interval '-1 microsecond');
-- turnback:expect-error 22023
SELECT cleanup_sessions(NULL);

-- turnback:check The functions mean the sessions of their schema, whatever the caller's path finds first.
UPDATE sessions SET created_at = '1800-01-01', expires_at = '1800-01-02'
 WHERE id = '00000000-0000-4000-8000-000000000012';
CREATE TEMPORARY TABLE sessions (LIKE sessions);
SELECT 'cleanup_sessions' AS what, 1 AS expected, cleanup_sessions('100 years') AS actual;
SELECT 'revoke_session' AS what, true AS expected,
       revoke_session('00000000-0000-4000-8000-000000000011', 'logout') AS actual;
SELECT 'touch_session' AS what, true AS expected,
       touch_session('00000000-0000-4000-8000-000000000021') AS actual;
SELECT 'revoke_all_sessions' AS what, 1 AS expected,
       revoke_all_sessions('00000000-0000-4000-8000-000000000002', 'logout') AS actual;

-- turnback:check Nobody calls the functions unasked, none runs as its owner, and each says what it is for.
SELECT wanted.signature || ': ' || v.what AS what, v.expected, v.actual
  FROM (VALUES
           ('revoke_session(uuid, text)'),
           ('revoke_all_sessions(uuid, text, uuid)'),
           ('touch_session(uuid)'),
           ('cleanup_sessions(interval)')
       ) AS wanted (signature)
  LEFT JOIN pg_proc AS p ON p.oid = to_regprocedure(wanted.signature)
 CROSS JOIN LATERAL (VALUES
           ('PUBLIC may execute it', false, has_function_privilege('public', p.oid, 'EXECUTE')),
           ('runs as its owner', false, p.prosecdef),
           ('has a comment', true, obj_description(p.oid, 'pg_proc') <> '')
       ) AS v (what, expected, actual);
