-- What the policy sessions_user_isolation promises, seen by a role that it binds:
-- neither owner of the table nor superuser, without BYPASSRLS. The role goes when
-- the transaction is rolled back; who may not create roles sees these checks
-- skipped.

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

-- Of user 1: 11 in use, 12 ended long ago. Of user 2: the same, 21 and 22.
INSERT INTO sessions (id, user_id, refresh_token_hash, created_at, expires_at)
VALUES
    ('00000000-0000-4000-8000-000000000011', '00000000-0000-4000-8000-000000000001',
     'turnback-check-11', now() - interval '1 day', now() + interval '1 day'),
    ('00000000-0000-4000-8000-000000000012', '00000000-0000-4000-8000-000000000001',
     'turnback-check-12', now() - interval '90 days', now() - interval '60 days'),
    ('00000000-0000-4000-8000-000000000021', '00000000-0000-4000-8000-000000000002',
     'turnback-check-21', now() - interval '1 day', now() + interval '1 day'),
    ('00000000-0000-4000-8000-000000000022', '00000000-0000-4000-8000-000000000002',
     'turnback-check-22', now() - interval '90 days', now() - interval '60 days');

-- Roles belong to the whole server, so the name is this session's own: a check of
-- another database need not wait.
DO $$
DECLARE
    role_name text := format('turnback_check_%s', pg_backend_pid());
BEGIN
    IF (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) THEN
        -- A member, because from 16 on creating a role gives no right to become it.
        EXECUTE format('CREATE ROLE %I NOLOGIN ROLE CURRENT_USER', role_name);
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), role_name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO %I', role_name);
        EXECUTE format('GRANT EXECUTE ON FUNCTION revoke_session(uuid, text), revoke_all_sessions(uuid, text, uuid),
                            touch_session(uuid), cleanup_sessions(interval) TO %I', role_name);
        PERFORM set_config('turnback_check.role', role_name, true);
    END IF;
END
$$;

-- The plan of a query, run for real, so that it also says how often each part ran.
CREATE FUNCTION turnback_check_plan(p_query text)
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    line text;
    plan text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || p_query LOOP
        plan := plan || line || E'\n';
    END LOOP;
    RETURN plan;
END
$$;

-- turnback:check Row-level security is on, and its one policy is for every command and role.
SELECT 'enabled' AS what, true AS expected, relrowsecurity AS actual
  FROM pg_class WHERE oid = 'sessions'::regclass;
SELECT 'policies that open or close' AS what, 'sessions_user_isolation * {0} t' AS expected,
       string_agg(concat_ws(' ', polname, polcmd, polroles, polpermissive), ', ') AS actual
  FROM pg_policy WHERE polrelid = 'sessions'::regclass;
SELECT 'has a comment' AS what, true AS expected, obj_description(oid, 'pg_policy') <> '' AS actual
  FROM pg_policy WHERE polrelid = 'sessions'::regclass AND polname = 'sessions_user_isolation';

-- turnback:check Before app.current_user_id is set nothing is seen or changed, and reading is no error.
-- turnback:skip-unless current_setting('turnback_check.role', true) <> ''
SELECT set_config('role', current_setting('turnback_check.role'), true);
SELECT 'seen' AS what, 0 AS expected, count(*) AS actual
  FROM sessions WHERE refresh_token_hash LIKE 'turnback-check-%';
WITH changed AS (
    UPDATE sessions SET device_name = 'turnback-check'
     WHERE id = '00000000-0000-4000-8000-000000000011' RETURNING id
)
SELECT 'updated' AS what, 0 AS expected, count(*) AS actual FROM changed;
WITH deleted AS (
    DELETE FROM sessions
     WHERE id = '00000000-0000-4000-8000-000000000011' RETURNING id
)
SELECT 'deleted' AS what, 0 AS expected, count(*) AS actual FROM deleted;
-- turnback:expect-error 42501
INSERT INTO sessions (id, user_id, refresh_token_hash, expires_at)
VALUES ('00000000-0000-4000-8000-000000000019', '00000000-0000-4000-8000-000000000001',
        'turnback-check-19', now() + interval '1 day');
SELECT 'touch_session' AS what, false AS expected,
       touch_session('00000000-0000-4000-8000-000000000011') AS actual;
SELECT 'revoke_session' AS what, false AS expected,
       revoke_session('00000000-0000-4000-8000-000000000011', 'logout') AS actual;
SELECT 'revoke_all_sessions' AS what, 0 AS expected,
       revoke_all_sessions('00000000-0000-4000-8000-000000000001', 'logout') AS actual;
SELECT 'cleanup_sessions' AS what, 0 AS expected, cleanup_sessions() AS actual;
RESET ROLE;
SELECT 'all four are there, unchanged' AS what, 4 AS expected, count(*) AS actual
  FROM sessions
 WHERE refresh_token_hash LIKE 'turnback-check-%' AND NOT is_revoked AND device_name IS NULL;

-- turnback:check With app.current_user_id empty, as a connection pool leaves it, it is the same.
-- turnback:skip-unless current_setting('turnback_check.role', true) <> ''
SELECT set_config('role', current_setting('turnback_check.role'), true);
SET LOCAL app.current_user_id = '';
SELECT 'seen' AS what, 0 AS expected, count(*) AS actual
  FROM sessions WHERE refresh_token_hash LIKE 'turnback-check-%';
WITH changed AS (
    UPDATE sessions SET device_name = 'turnback-check'
     WHERE id = '00000000-0000-4000-8000-000000000011' RETURNING id
)
SELECT 'updated' AS what, 0 AS expected, count(*) AS actual FROM changed;
WITH deleted AS (
    DELETE FROM sessions
     WHERE id = '00000000-0000-4000-8000-000000000011' RETURNING id
)
SELECT 'deleted' AS what, 0 AS expected, count(*) AS actual FROM deleted;
-- turnback:expect-error 42501
INSERT INTO sessions (id, user_id, refresh_token_hash, expires_at)
VALUES ('00000000-0000-4000-8000-000000000019', '00000000-0000-4000-8000-000000000001',
        'turnback-check-19', now() + interval '1 day');
SELECT 'touch_session' AS what, false AS expected,
       touch_session('00000000-0000-4000-8000-000000000011') AS actual;
SELECT 'revoke_session' AS what, false AS expected,
       revoke_session('00000000-0000-4000-8000-000000000011', 'logout') AS actual;
SELECT 'revoke_all_sessions' AS what, 0 AS expected,
       revoke_all_sessions('00000000-0000-4000-8000-000000000001', 'logout') AS actual;
SELECT 'cleanup_sessions' AS what, 0 AS expected, cleanup_sessions() AS actual;
RESET ROLE;
SELECT 'all four are there, unchanged' AS what, 4 AS expected, count(*) AS actual
  FROM sessions
 WHERE refresh_token_hash LIKE 'turnback-check-%' AND NOT is_revoked AND device_name IS NULL;

-- turnback:check An app.current_user_id that is no uuid is an error, whatever the command.
-- turnback:skip-unless current_setting('turnback_check.role', true) <> ''
SELECT set_config('role', current_setting('turnback_check.role'), true);
SET LOCAL app.current_user_id = '1 OR true';
-- turnback:expect-error 22P02
SELECT id FROM sessions WHERE id = '00000000-0000-4000-8000-000000000011';
-- turnback:expect-error 22P02
UPDATE sessions SET device_name = 'turnback-check' WHERE id = '00000000-0000-4000-8000-000000000011';
-- turnback:expect-error 22P02
DELETE FROM sessions WHERE id = '00000000-0000-4000-8000-000000000011';
-- turnback:expect-error 22P02
INSERT INTO sessions (id, user_id, refresh_token_hash, expires_at)
VALUES ('00000000-0000-4000-8000-000000000019', '00000000-0000-4000-8000-000000000001',
        'turnback-check-19', now() + interval '1 day');
-- turnback:expect-error 22P02
SELECT touch_session('00000000-0000-4000-8000-000000000011');
-- A space is not empty, and a uuid with something behind it is none.
SET LOCAL app.current_user_id = ' ';
-- turnback:expect-error 22P02
SELECT id FROM sessions WHERE id = '00000000-0000-4000-8000-000000000011';
SET LOCAL app.current_user_id = '00000000-0000-4000-8000-000000000001x';
-- turnback:expect-error 22P02
SELECT id FROM sessions WHERE id = '00000000-0000-4000-8000-000000000011';

-- turnback:check A user sees and changes their own sessions only.
-- turnback:skip-unless current_setting('turnback_check.role', true) <> ''
SELECT set_config('role', current_setting('turnback_check.role'), true);
SET LOCAL app.current_user_id = '00000000-0000-4000-8000-000000000001';
SELECT 'seen' AS what, 'turnback-check-11, turnback-check-12' AS expected,
       string_agg(refresh_token_hash, ', ' ORDER BY id) AS actual
  FROM sessions;
WITH changed AS (
    UPDATE sessions SET device_name = 'turnback-check'
     WHERE refresh_token_hash LIKE 'turnback-check-%' RETURNING id
)
SELECT 'updated' AS what, 2 AS expected, count(*) AS actual FROM changed;
WITH deleted AS (
    DELETE FROM sessions WHERE refresh_token_hash LIKE 'turnback-check-%2' RETURNING id
)
SELECT 'deleted' AS what, 1 AS expected, count(*) AS actual FROM deleted;
INSERT INTO sessions (id, user_id, refresh_token_hash, expires_at)
VALUES ('00000000-0000-4000-8000-000000000019', '00000000-0000-4000-8000-000000000001',
        'turnback-check-19', now() + interval '1 day');
RESET ROLE;
SELECT 'what stands' AS what,
       'turnback-check-11 t, turnback-check-19 f, turnback-check-21 f, turnback-check-22 f' AS expected,
       string_agg(concat_ws(' ', refresh_token_hash, device_name IS NOT NULL), ', ' ORDER BY id) AS actual
  FROM sessions
 WHERE refresh_token_hash LIKE 'turnback-check-%';

-- turnback:check A user can make no session for another, nor hand one over or take one.
-- turnback:skip-unless current_setting('turnback_check.role', true) <> ''
SELECT set_config('role', current_setting('turnback_check.role'), true);
SET LOCAL app.current_user_id = '00000000-0000-4000-8000-000000000001';
-- turnback:expect-error 42501
INSERT INTO sessions (id, user_id, refresh_token_hash, expires_at)
VALUES ('00000000-0000-4000-8000-000000000029', '00000000-0000-4000-8000-000000000002',
        'turnback-check-29', now() + interval '1 day');
-- turnback:expect-error 42501
UPDATE sessions SET user_id = '00000000-0000-4000-8000-000000000002'
 WHERE id = '00000000-0000-4000-8000-000000000011';
WITH taken AS (
    UPDATE sessions SET user_id = '00000000-0000-4000-8000-000000000001'
     WHERE id = '00000000-0000-4000-8000-000000000021' RETURNING id
)
SELECT 'taken' AS what, 0 AS expected, count(*) AS actual FROM taken;
-- A conflict with a row that is not visible is an error, not an update of it.
-- turnback:expect-error 42501
INSERT INTO sessions (id, user_id, refresh_token_hash, expires_at)
VALUES ('00000000-0000-4000-8000-000000000021', '00000000-0000-4000-8000-000000000001',
        'turnback-check-21', now() + interval '1 day')
ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id;

-- turnback:check One transaction can work for one user after the other.
-- turnback:skip-unless current_setting('turnback_check.role', true) <> ''
SELECT set_config('role', current_setting('turnback_check.role'), true);
SET LOCAL app.current_user_id = '00000000-0000-4000-8000-000000000001';
SELECT 'user 1' AS what, 'turnback-check-11, turnback-check-12' AS expected,
       string_agg(refresh_token_hash, ', ' ORDER BY id) AS actual
  FROM sessions;
SET LOCAL app.current_user_id = '00000000-0000-4000-8000-000000000002';
SELECT 'user 2' AS what, 'turnback-check-21, turnback-check-22' AS expected,
       string_agg(refresh_token_hash, ', ' ORDER BY id) AS actual
  FROM sessions;

-- turnback:check The functions reach no further than the policy.
-- turnback:skip-unless current_setting('turnback_check.role', true) <> ''
SELECT set_config('role', current_setting('turnback_check.role'), true);
SET LOCAL app.current_user_id = '00000000-0000-4000-8000-000000000001';
SELECT 'touch_session, own' AS what, true AS expected,
       touch_session('00000000-0000-4000-8000-000000000011') AS actual;
SELECT 'touch_session, another''s' AS what, false AS expected,
       touch_session('00000000-0000-4000-8000-000000000021') AS actual;
SELECT 'revoke_session, another''s' AS what, false AS expected,
       revoke_session('00000000-0000-4000-8000-000000000021', 'logout') AS actual;
SELECT 'revoke_all_sessions, another''s' AS what, 0 AS expected,
       revoke_all_sessions('00000000-0000-4000-8000-000000000002', 'logout') AS actual;
SELECT 'cleanup_sessions, with the grace it has by default' AS what, 1 AS expected,
       cleanup_sessions() AS actual;
SELECT 'revoke_session, own' AS what, true AS expected,
       revoke_session('00000000-0000-4000-8000-000000000011', 'logout') AS actual;
RESET ROLE;
SELECT 'what stands' AS what, 'turnback-check-11 t, turnback-check-21 f, turnback-check-22 f' AS expected,
       string_agg(concat_ws(' ', refresh_token_hash, is_revoked), ', ' ORDER BY id) AS actual
  FROM sessions
 WHERE refresh_token_hash LIKE 'turnback-check-%';

-- turnback:check The setting is read once for a statement, not once for each row.
-- turnback:skip-unless current_setting('turnback_check.role', true) <> ''
SELECT set_config('role', current_setting('turnback_check.role'), true);
SET LOCAL app.current_user_id = '00000000-0000-4000-8000-000000000001';
WITH explained AS (
    SELECT turnback_check_plan(
               $q$SELECT id FROM sessions WHERE refresh_token_hash LIKE 'turnback-check-%'$q$
           ) AS plan
)
SELECT v.what, v.expected, v.actual
  FROM explained
 CROSS JOIN LATERAL (VALUES
           ('it is an InitPlan', 'true', (plan ~ 'InitPlan 1')::text),
           ('and no SubPlan', 'false', (plan ~ 'SubPlan')::text),
           ('it stands in the plan once', '1',
            (SELECT count(*) FROM regexp_matches(plan, 'current_setting\(', 'g'))::text),
           ('it ran once', '1',
            (regexp_match(plan, 'Result \(actual rows=1(?:\.00)? loops=(\d+)\)'))[1])
       ) AS v (what, expected, actual);

-- turnback:check The policy lets an index on user_id be used.
-- turnback:skip-unless current_setting('turnback_check.role', true) <> ''
-- Where a table is small the planner rightly reads all of it.
SET LOCAL enable_seqscan = off;
SELECT set_config('role', current_setting('turnback_check.role'), true);
SET LOCAL app.current_user_id = '00000000-0000-4000-8000-000000000001';
SELECT 'the user''s own sessions' AS what, true AS expected,
       turnback_check_plan('SELECT id FROM sessions')
           ~ 'Index Cond: \(sessions\.user_id = ' AS actual;
