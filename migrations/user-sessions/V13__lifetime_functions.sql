-- How long tokens live: what the other functions ask, and the application where
-- it computes expires_at.
--
-- The settings can be made for a database, a role, a session or a transaction.
-- A pool leaves an empty string behind after SET LOCAL; that is no setting.
-- Both only read settings, so everybody may call them.

CREATE FUNCTION user_session_access_ttl()
RETURNS interval
LANGUAGE plpgsql
STABLE
AS $$
DECLARE
    ttl interval := coalesce(nullif(current_setting('user_sessions.access_ttl', true), '')::interval,
                             interval '15 minutes');
BEGIN
    -- A token refused for no time at all is not refused.
    IF ttl <= interval '0' THEN
        RAISE EXCEPTION 'user_sessions.access_ttl must be longer than nothing, not %', ttl
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Set it to the lifetime of an access token, with its unit, such as ''15 minutes''.';
    END IF;

    RETURN ttl;
END
$$;

COMMENT ON FUNCTION user_session_access_ttl() IS
    'How long an access token lives: the setting user_sessions.access_ttl, or 15 minutes.';

CREATE FUNCTION user_session_refresh_ttl()
RETURNS interval
LANGUAGE plpgsql
STABLE
AS $$
DECLARE
    ttl interval := coalesce(nullif(current_setting('user_sessions.refresh_ttl', true), '')::interval,
                             interval '7 days');
BEGIN
    IF ttl <= interval '0' THEN
        RAISE EXCEPTION 'user_sessions.refresh_ttl must be longer than nothing, not %', ttl
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Set it to the lifetime of a session, with its unit, such as ''7 days''.';
    END IF;

    RETURN ttl;
END
$$;

COMMENT ON FUNCTION user_session_refresh_ttl() IS
    'How long a refresh token, and with it a session, lives: the setting user_sessions.refresh_ttl, or 7 days. For the application, where it computes expires_at.';

-- Names in the bodies mean the schema the functions are in, whoever calls. That
-- schema is known only now, and CREATE FUNCTION takes no expression for it.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION user_session_access_ttl() SET search_path = %I, pg_temp',
        current_schema()
    );
    EXECUTE format(
        'ALTER FUNCTION user_session_refresh_ttl() SET search_path = %I, pg_temp',
        current_schema()
    );
END
$$;
