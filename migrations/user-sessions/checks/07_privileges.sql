-- Who may call the functions, and what names mean in them.

-- A role without rights, which goes when the transaction is rolled back. Roles
-- belong to the whole server, so the name is this session's own: a check of
-- another database need not wait. Who may not create roles sees the checks that
-- need it skipped.
DO $$
DECLARE
    role_name text := format('turnback_check_%s', pg_backend_pid());
BEGIN
    IF (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) THEN
        -- A member, because from 16 on creating a role gives no right to become it.
        EXECUTE format('CREATE ROLE %I NOLOGIN ROLE CURRENT_USER', role_name);
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), role_name);
        PERFORM set_config('turnback_check.role', role_name, true);
    END IF;
END
$$;

-- turnback:check Every function has a comment and a pinned search_path, and runs as its caller
SELECT f.name AS what,
       'commented, pinned, invoker' AS expected,
       concat_ws(', ',
                 CASE WHEN obj_description(p.oid, 'pg_proc') <> '' THEN 'commented' END,
                 CASE WHEN format('search_path=%I, pg_temp', n.nspname) = ANY (p.proconfig) THEN 'pinned' END,
                 CASE WHEN NOT p.prosecdef THEN 'invoker' END) AS actual
  FROM unnest(ARRAY['user_sessions_move_last_activity', 'user_session_access_ttl', 'user_session_refresh_ttl',
                    'is_access_token_revoked', 'refresh_user_session', 'revoke_user_session',
                    'revoke_other_user_sessions', 'list_user_sessions', 'cleanup_expired_user_sessions']) AS f(name)
  LEFT JOIN pg_proc AS p ON p.oid = to_regproc(f.name)
  LEFT JOIN pg_namespace AS n ON n.oid = p.pronamespace;

-- turnback:check A role without grants may call none of the functions that change data
-- turnback:skip-unless current_setting('turnback_check.role', true) <> ''
SELECT f.name AS what, false AS expected, has_function_privilege(current_setting('turnback_check.role'), to_regproc(f.name), 'EXECUTE') AS actual
  FROM unnest(ARRAY['user_sessions_move_last_activity', 'refresh_user_session', 'revoke_user_session',
                    'revoke_other_user_sessions', 'cleanup_expired_user_sessions']) AS f(name);

-- turnback:check A role with the documented grants can do the application's work
-- turnback:skip-unless (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
DO $$
DECLARE
    role_name text := current_setting('turnback_check.role');
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON user_sessions, revoked_access_tokens TO %I', role_name);
    EXECUTE format('GRANT EXECUTE ON FUNCTION refresh_user_session, revoke_user_session, revoke_other_user_sessions
                    TO %I', role_name);
END
$$;
INSERT INTO users (id, email) VALUES ('00000000-0000-4000-8000-0000000000a1', 'turnback-check-a@example.org');
SELECT set_config('role', current_setting('turnback_check.role'), true);
INSERT INTO user_sessions (id, user_id, access_token_hash, refresh_token_hash, created_at, expires_at, is_active)
VALUES ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000a1',
        repeat('a1', 32), repeat('b1', 32), localtimestamp, localtimestamp + user_session_refresh_ttl(), true),
       ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-0000000000a1',
        repeat('a2', 32), repeat('b2', 32), localtimestamp, localtimestamp + user_session_refresh_ttl(), true);
SELECT '00000000-0000-4000-8000-000000000001'::uuid AS expected,
       refresh_user_session(repeat('b1', 32), repeat('c1', 32)) AS actual;
SELECT true AS expected, is_access_token_revoked(repeat('a1', 32)) AS actual;
SELECT 2 AS expected, count(*) AS actual FROM list_user_sessions('00000000-0000-4000-8000-0000000000a1');
SELECT true AS expected,
       revoke_user_session('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-000000000001') AS actual;
SELECT 1 AS expected, revoke_other_user_sessions('00000000-0000-4000-8000-0000000000a1', NULL) AS actual;
-- turnback:expect-error 42501
SELECT cleanup_expired_user_sessions();
RESET ROLE;
