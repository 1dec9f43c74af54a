-- Deleting sessions that expired long ago.
--
-- The seven days leave an operator time to look at a family after its last
-- session has expired. The function runs as the caller, in one transaction: on a
-- table that was never cleaned, delete the first millions in batches.

CREATE FUNCTION cleanup_expired_sessions()
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    deleted integer;
BEGIN
    -- A session that somebody is working with is left for the next run: waiting
    -- for it, with locks on others, could end in a deadlock.
    DELETE FROM auth_sessions AS s
     WHERE s.id IN (
               SELECT expired.id
                 FROM auth_sessions AS expired
                WHERE expired.expires_at < now() - interval '7 days'
                  FOR UPDATE SKIP LOCKED
           );

    GET DIAGNOSTICS deleted = ROW_COUNT;

    INSERT INTO auth_audit_log (action, success, details, created_at)
    VALUES ('session_cleanup', true, jsonb_build_object('count', deleted), now());

    RETURN deleted;
END
$$;

COMMENT ON FUNCTION cleanup_expired_sessions() IS
    'Deletes the sessions that expired more than 7 days ago, but for those in use this moment, and notes it in auth_audit_log. Returns how many it deleted.';

REVOKE EXECUTE ON FUNCTION cleanup_expired_sessions() FROM PUBLIC;

-- Names in the body mean the schema the function is in, whoever calls. That
-- schema is known only now, and CREATE FUNCTION takes no expression for it.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION cleanup_expired_sessions() SET search_path = %I, pg_temp',
        current_schema()
    );
END
$$;
