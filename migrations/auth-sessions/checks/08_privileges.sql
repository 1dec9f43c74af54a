-- Who may call what, and as whom it runs.

INSERT INTO users (id, email, name)
VALUES ('turnback-check-user', 'turnback-check@example.org', 'Turnback Check');

INSERT INTO auth_sessions (id, user_id, refresh_token_hash, family_id, expires_at)
VALUES ('turnback-check-1', 'turnback-check-user', 'hash', '00000000-0000-4000-8000-000000000001', now() + interval '1 day');

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

-- turnback:check the functions run as their caller, in their own schema, and PUBLIC may not call them
SELECT f.name AS what,
       'caller, search_path=' || quote_ident(current_schema()) || ', pg_temp, PUBLIC: no' AS expected,
       concat_ws(', ',
           CASE WHEN p.prosecdef THEN 'owner' ELSE 'caller' END,
           array_to_string(p.proconfig, '; '),
           CASE WHEN EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a WHERE a.grantee = 0)
                THEN 'PUBLIC: yes' ELSE 'PUBLIC: no' END) AS actual
  FROM (VALUES ('revoke_session_family(uuid, text)'),
               ('handle_token_replay(uuid, uuid)'),
               ('rotate_session_token(varchar, varchar, uuid, varchar, timestamptz)'),
               ('cleanup_expired_sessions()')) AS f(name)
  LEFT JOIN pg_proc AS p ON p.oid = to_regprocedure(f.name);

-- turnback:check every function and view says what it is for
SELECT o.name AS what, true AS expected,
       coalesce(obj_description(to_regprocedure(o.name), 'pg_proc'), obj_description(to_regclass(o.name), 'pg_class')) <> '' AS actual
  FROM (VALUES ('revoke_session_family(uuid, text)'),
               ('handle_token_replay(uuid, uuid)'),
               ('rotate_session_token(varchar, varchar, uuid, varchar, timestamptz)'),
               ('cleanup_expired_sessions()')) AS o(name)
UNION ALL
SELECT v.name, true, obj_description(to_regclass(v.name), 'pg_class') <> ''
  FROM (VALUES ('active_sessions'), ('session_families')) AS v(name);

-- turnback:check tables of the same names earlier in the caller's path are not used
CREATE TEMPORARY TABLE auth_sessions (id varchar, user_id varchar, family_id uuid, revoked_at timestamptz);
SELECT 1 AS expected, revoke_session_family('00000000-0000-4000-8000-000000000001') AS actual;

-- turnback:check a role without rights can call none of them
-- turnback:skip-unless current_setting('turnback_check.role', true) <> ''
SELECT set_config('role', current_setting('turnback_check.role'), true);
-- turnback:expect-error 42501
SELECT revoke_session_family('00000000-0000-4000-8000-000000000001');
-- turnback:expect-error 42501
SELECT handle_token_replay('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000001');
-- turnback:expect-error 42501
SELECT rotate_session_token('turnback-check-1', 'turnback-check-2', '00000000-0000-4000-8000-000000000021', 'hash', now() + interval '1 day');
-- turnback:expect-error 42501
SELECT cleanup_expired_sessions();
RESET ROLE;

-- turnback:check an application's role needs no right to update users
-- turnback:skip-unless current_setting('turnback_check.role', true) <> ''
DO $$
DECLARE
    role_name text := current_setting('turnback_check.role');
BEGIN
    EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO %I', current_schema(), role_name);
    EXECUTE format('GRANT SELECT ON users TO %I', role_name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON auth_sessions TO %I', role_name);
    EXECUTE format('GRANT INSERT ON auth_audit_log TO %I', role_name);
    EXECUTE format('GRANT EXECUTE ON FUNCTION revoke_session_family(uuid, text), handle_token_replay(uuid, uuid),
                        rotate_session_token(varchar, varchar, uuid, varchar, timestamptz) TO %I', role_name);
END
$$;
SELECT set_config('role', current_setting('turnback_check.role'), true);
SELECT 'rotate' AS what, true AS expected,
       rotate_session_token('turnback-check-1', 'turnback-check-2', '00000000-0000-4000-8000-000000000021', 'hash', now() + interval '1 day') AS actual;
SELECT 'replay' AS what, false AS expected,
       rotate_session_token('turnback-check-1', 'turnback-check-3', '00000000-0000-4000-8000-000000000022', 'hash', now() + interval '1 day') AS actual;
SELECT 'no live session left' AS what, 0 AS expected,
       revoke_session_family('00000000-0000-4000-8000-000000000001') AS actual;
RESET ROLE;

-- turnback:check who may read a view and not the users behind it reads nothing
-- turnback:skip-unless current_setting('server_version_num')::integer >= 150000 AND current_setting('turnback_check.role', true) <> ''
-- An application may have opened its tables to everybody.
REVOKE SELECT ON users, auth_sessions FROM PUBLIC;
DO $$
BEGIN
    EXECUTE format('GRANT SELECT ON active_sessions, session_families TO %I', current_setting('turnback_check.role'));
END
$$;
SELECT set_config('role', current_setting('turnback_check.role'), true);
-- turnback:expect-error 42501
SELECT v.user_email FROM active_sessions AS v WHERE v.id = 'turnback-check-1';
-- turnback:expect-error 42501
SELECT v.user_id FROM session_families AS v WHERE v.family_id = '00000000-0000-4000-8000-000000000001';
RESET ROLE;
