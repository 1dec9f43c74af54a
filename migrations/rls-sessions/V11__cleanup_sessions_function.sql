-- Deleting sessions that ended long ago.
--
-- The function runs as the caller, so the policy holds in it: to clean up for
-- everybody, call it as the table's owner or as a role with BYPASSRLS. PUBLIC
-- may not call it; grant EXECUTE to the role of the job.

CREATE FUNCTION cleanup_sessions(p_grace interval DEFAULT '30 days')
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    deleted integer;
BEGIN
    -- A negative grace would delete sessions that are still in use; without
    -- one the comparison below would silently find nothing.
    IF p_grace IS NULL OR now() - p_grace > now() THEN
        RAISE EXCEPTION 'p_grace must not be null or negative'
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Give the time to keep ended sessions for, such as interval ''30 days''.';
    END IF;

    -- A row that someone else has locked is left to the next run: cleaning up
    -- waits for nobody and deadlocks with nobody.
    WITH ended AS (
        SELECT id
          FROM sessions
         WHERE expires_at < now() - p_grace
            OR (is_revoked AND revoked_at < now() - p_grace)
           FOR UPDATE SKIP LOCKED
    )
    DELETE FROM sessions
     USING ended
     WHERE sessions.id = ended.id;

    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN deleted;
END
$$;

COMMENT ON FUNCTION cleanup_sessions(interval) IS
    'Deletes the sessions, of those the caller can see, that expired or were revoked longer than p_grace ago; those locked at the moment are left to the next call. Returns how many it deleted.';

REVOKE EXECUTE ON FUNCTION cleanup_sessions(interval) FROM PUBLIC;

-- Names in the body mean the schema the function is in, whoever calls. That
-- schema is known only now, and CREATE FUNCTION takes no expression for it.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION cleanup_sessions(interval) SET search_path = %I, pg_temp',
        current_schema()
    );
END
$$;
