-- Where a user is signed in, for the user to see: no hashes.
--
-- The function runs as the caller, who needs SELECT on user_sessions.

CREATE FUNCTION list_user_sessions(p_user_id uuid, p_current uuid DEFAULT NULL)
RETURNS TABLE (
    id               uuid,
    device_info      jsonb,
    ip_address       text,
    user_agent       text,
    metadata         jsonb,
    created_at       timestamp,
    last_activity_at timestamp,
    expires_at       timestamp,
    is_current       boolean
)
LANGUAGE sql
STABLE
AS $$
    SELECT s.id, s.device_info, s.ip_address, s.user_agent, s.metadata,
           s.created_at, s.last_activity_at, s.expires_at,
           s.id IS NOT DISTINCT FROM p_current
      FROM user_sessions AS s
     WHERE s.user_id = p_user_id
       AND s.is_active
       AND s.revoked_at IS NULL
       AND s.expires_at > localtimestamp
     -- A session nobody has used since signing in was last used then.
     ORDER BY coalesce(s.last_activity_at, s.created_at) DESC NULLS LAST, s.id;
$$;

COMMENT ON FUNCTION list_user_sessions(uuid, uuid) IS
    'Live sessions of a user, the one used last first. is_current is true of p_current, usually the session that asks.';

-- Names in the body mean the schema the function is in, whoever calls. That
-- schema is known only now, and CREATE FUNCTION takes no expression for it.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION list_user_sessions(uuid, uuid) SET search_path = %I, pg_temp',
        current_schema()
    );
END
$$;
