-- Ending sessions before they expire: one, or all of a user.
--
-- The functions run as the caller, so the policy holds in them. PUBLIC may not
-- call them; grant EXECUTE to the application's role.

CREATE FUNCTION revoke_session(p_session_id uuid, p_reason text)
RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
    -- now() is when this transaction began, which can be before a session that
    -- committed since was created; the check sessions_valid_revocation would
    -- then refuse to end it.
    UPDATE sessions
       SET is_revoked = true,
           revoked_at = greatest(now(), created_at),
           revoked_reason = p_reason
     WHERE id = p_session_id
       AND is_revoked IS NOT TRUE;

    RETURN FOUND;
END
$$;

COMMENT ON FUNCTION revoke_session(uuid, text) IS
    'Ends one session. Returns false, and changes nothing, where it is not visible to the caller or revoked already. Reasons in use: logout, password_change, admin_action.';

REVOKE EXECUTE ON FUNCTION revoke_session(uuid, text) FROM PUBLIC;

CREATE FUNCTION revoke_all_sessions(p_user_id uuid, p_reason text, p_except uuid DEFAULT NULL)
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    revoked integer;
BEGIN
    -- Rows are locked in the order of their keys, so that two calls at once wait
    -- for each other and never deadlock.
    WITH ending AS (
        SELECT id
          FROM sessions
         WHERE user_id = p_user_id
           AND is_revoked IS NOT TRUE
           AND id IS DISTINCT FROM p_except
         ORDER BY id
           FOR NO KEY UPDATE
    )
    UPDATE sessions
       SET is_revoked = true,
           revoked_at = greatest(now(), created_at),
           revoked_reason = p_reason
      FROM ending
     WHERE sessions.id = ending.id;

    GET DIAGNOSTICS revoked = ROW_COUNT;
    RETURN revoked;
END
$$;

COMMENT ON FUNCTION revoke_all_sessions(uuid, text, uuid) IS
    'Ends all sessions of a user that the caller can see, but for p_except, usually the session that asks. Returns how many it ended. Reasons in use: logout, password_change, admin_action.';

REVOKE EXECUTE ON FUNCTION revoke_all_sessions(uuid, text, uuid) FROM PUBLIC;

-- Names in the bodies mean the schema the functions are in, whoever calls. That
-- schema is known only now, and CREATE FUNCTION takes no expression for it.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION revoke_session(uuid, text) SET search_path = %I, pg_temp',
        current_schema()
    );
    EXECUTE format(
        'ALTER FUNCTION revoke_all_sessions(uuid, text, uuid) SET search_path = %I, pg_temp',
        current_schema()
    );
END
$$;
