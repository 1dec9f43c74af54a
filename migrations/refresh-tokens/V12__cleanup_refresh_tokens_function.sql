-- Deleting tokens that ended long ago. Their events stay.
--
-- The function runs as the caller. PUBLIC may not call it; grant EXECUTE to the
-- role of the job, which needs SELECT, UPDATE and DELETE on refresh_tokens.

CREATE FUNCTION cleanup_refresh_tokens(p_grace interval DEFAULT '30 days')
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    deleted integer;
BEGIN
    -- A negative grace would delete tokens that are still in use; without one
    -- the comparison below would silently find nothing.
    IF p_grace IS NULL OR localtimestamp - p_grace > localtimestamp THEN
        RAISE EXCEPTION 'p_grace must not be null or negative'
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Give the time to keep ended tokens for, such as interval ''30 days''.';
    END IF;

    -- A token that somebody is changing is left for the next run: waiting for it
    -- while holding thousands of others invites a deadlock.
    WITH due AS (
        SELECT t.id
          FROM refresh_tokens AS t
         WHERE t.expires_at < localtimestamp - p_grace
            OR t.revoked_at < localtimestamp - p_grace
           FOR UPDATE SKIP LOCKED
    )
    DELETE FROM refresh_tokens AS t
     USING due
     WHERE t.id = due.id;

    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN deleted;
END
$$;

COMMENT ON FUNCTION cleanup_refresh_tokens(interval) IS
    'Deletes the tokens that expired or were revoked longer than p_grace ago, but for those that are being changed. Returns how many it deleted. Meant to run daily.';

REVOKE EXECUTE ON FUNCTION cleanup_refresh_tokens(interval) FROM PUBLIC;

-- Names in the body mean the schema the function is in, whoever calls. That
-- schema is known only now, and CREATE FUNCTION takes no expression for it.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION cleanup_refresh_tokens(interval) SET search_path = %I, pg_temp',
        current_schema()
    );
END
$$;
