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
  FROM unnest(ARRAY['record_security_event', 'verify_refresh_token', 'extend_refresh_token',
                    'revoke_refresh_token', 'revoke_user_refresh_tokens', 'cleanup_refresh_tokens']) AS f(name)
  LEFT JOIN pg_proc AS p ON p.oid = to_regproc(f.name)
  LEFT JOIN pg_namespace AS n ON n.oid = p.pronamespace;

-- turnback:check A role without grants may call none of the functions
-- turnback:skip-unless current_setting('turnback_check.role', true) <> ''
SELECT f.name AS what, false AS expected, has_function_privilege(current_setting('turnback_check.role'), to_regproc(f.name), 'EXECUTE') AS actual
  FROM unnest(ARRAY['record_security_event', 'verify_refresh_token', 'extend_refresh_token',
                    'revoke_refresh_token', 'revoke_user_refresh_tokens', 'cleanup_refresh_tokens']) AS f(name);

-- turnback:check A role with the documented grants can do the application's work
-- turnback:skip-unless (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
DO $$
DECLARE
    role_name text := current_setting('turnback_check.role');
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON refresh_tokens TO %I', role_name);
    EXECUTE format('GRANT SELECT, INSERT ON security_events TO %I', role_name);
    EXECUTE format('GRANT EXECUTE ON FUNCTION record_security_event, verify_refresh_token, extend_refresh_token,
                        revoke_refresh_token, revoke_user_refresh_tokens TO %I', role_name);
END
$$;
SELECT set_config('role', current_setting('turnback_check.role'), true);
INSERT INTO refresh_tokens (id, user_id, token, device_fingerprint, expires_at)
VALUES ('00000000-0000-4000-8000-000000000001', 'turnback-check-user', 'turnback-check-1', 'fp-1',
        localtimestamp + interval '1 hour'),
       ('00000000-0000-4000-8000-000000000002', 'turnback-check-user', 'turnback-check-2', 'fp-1',
        localtimestamp + interval '1 hour');
SELECT false AS expected, fingerprint_matches AS actual FROM verify_refresh_token('turnback-check-1', 'fp-2');
SELECT localtimestamp + interval '7 days' AS expected, extend_refresh_token('turnback-check-1') AS actual;
SELECT true AS expected, revoke_refresh_token('turnback-check-1', 'logout') AS actual;
SELECT 1 AS expected, revoke_user_refresh_tokens('turnback-check-user') AS actual;
-- turnback:expect-error 42501
SELECT cleanup_refresh_tokens();
RESET ROLE;
