-- Recording that a session is in use.
--
-- The function runs as the caller, so the policy holds in it. PUBLIC may not
-- call it; grant EXECUTE to the application's role.

CREATE FUNCTION touch_session(p_session_id uuid)
RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
    -- A long transaction has an old now(); it must not move the time back.
    UPDATE sessions
       SET last_used_at = greatest(now(), last_used_at)
     WHERE id = p_session_id
       AND is_revoked IS NOT TRUE
       AND expires_at > now();

    RETURN FOUND;
END
$$;

COMMENT ON FUNCTION touch_session(uuid) IS
    'Records that a session is used now. Returns false, and changes nothing, where it is not visible to the caller, revoked or expired: the user must sign in again.';

REVOKE EXECUTE ON FUNCTION touch_session(uuid) FROM PUBLIC;

-- Names in the body mean the schema the function is in, whoever calls. That
-- schema is known only now, and CREATE FUNCTION takes no expression for it.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION touch_session(uuid) SET search_path = %I, pg_temp',
        current_schema()
    );
END
$$;
