-- Marking what has expired, and forgetting tokens that need not be refused any
-- more. No session is deleted.
--
-- The function runs as the caller. PUBLIC may not call it; grant EXECUTE to the
-- role of the job.

CREATE FUNCTION cleanup_expired_user_sessions()
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    expired integer;
BEGIN
    -- A row that somebody is changing is left for the next run: waiting for it
    -- while holding thousands of others invites a deadlock.
    WITH due AS (
        SELECT s.id
          FROM user_sessions AS s
         WHERE s.is_active
           AND s.expires_at <= localtimestamp
           FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE user_sessions AS s
       SET is_active = false
      FROM due
     WHERE s.id = due.id;

    GET DIAGNOSTICS expired = ROW_COUNT;

    WITH dead AS (
        SELECT r.token_hash
          FROM revoked_access_tokens AS r
         WHERE r.expires_at <= localtimestamp
           FOR UPDATE SKIP LOCKED
    )
    DELETE FROM revoked_access_tokens AS r
     USING dead
     WHERE r.token_hash = dead.token_hash;

    RETURN expired;
END
$$;

COMMENT ON FUNCTION cleanup_expired_user_sessions() IS
    'Marks sessions that have expired as inactive, and deletes revoked_access_tokens that have, but for rows that are being changed. Returns how many sessions it marked. Meant to run every few minutes.';

REVOKE EXECUTE ON FUNCTION cleanup_expired_user_sessions() FROM PUBLIC;

-- Names in the body mean the schema the function is in, whoever calls. That
-- schema is known only now, and CREATE FUNCTION takes no expression for it.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION cleanup_expired_user_sessions() SET search_path = %I, pg_temp',
        current_schema()
    );
END
$$;
