-- Signing out: on one device, or on all others.
--
-- The access token of a session that ends is refused from now on, as it would
-- otherwise be good until it expires.
--
-- The functions run as the caller. PUBLIC may not call them; grant EXECUTE to
-- the application's role.

CREATE FUNCTION revoke_user_session(p_user_id uuid, p_session_id uuid)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
    ended record;
BEGIN
    -- now() is when this transaction began, which can be before a session that
    -- was committed since was created. Of two calls at once the second waits
    -- here, and then finds the session ended.
    UPDATE user_sessions AS s
       SET is_active = false,
           revoked_at = greatest(localtimestamp, s.created_at)
     WHERE s.id = p_session_id
       AND s.user_id = p_user_id
       AND s.is_active
    RETURNING s.id, s.access_token_hash INTO ended;

    IF NOT FOUND THEN
        RETURN false;
    END IF;

    INSERT INTO revoked_access_tokens AS r (token_hash, session_id, revoked_at, expires_at)
    SELECT ended.access_token_hash, ended.id, localtimestamp, localtimestamp + user_session_access_ttl()
     WHERE ended.access_token_hash IS NOT NULL
    ON CONFLICT (token_hash) DO UPDATE
       SET expires_at = greatest(r.expires_at, excluded.expires_at);

    RETURN true;
END
$$;

COMMENT ON FUNCTION revoke_user_session(uuid, uuid) IS
    'Ends one session of a user and has its access token refused. Returns false, and changes nothing, where the session is not theirs or has ended already.';

REVOKE EXECUTE ON FUNCTION revoke_user_session(uuid, uuid) FROM PUBLIC;

CREATE FUNCTION revoke_other_user_sessions(p_user_id uuid, p_current uuid)
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    held    uuid[];
    revoked integer;
BEGIN
    -- Locked in one order, whatever the plan, so that two calls for one user
    -- wait for each other instead of deadlocking.
    held := ARRAY(
        SELECT s.id
          FROM user_sessions AS s
         WHERE s.user_id = p_user_id
           AND s.is_active
           AND s.id IS DISTINCT FROM p_current
         ORDER BY s.id
           FOR NO KEY UPDATE
    );

    UPDATE user_sessions AS s
       SET is_active = false,
           revoked_at = greatest(localtimestamp, s.created_at)
     WHERE s.id = ANY (held);

    GET DIAGNOSTICS revoked = ROW_COUNT;

    -- Once for each hash, and in one order too. Two old sessions can share one.
    INSERT INTO revoked_access_tokens AS r (token_hash, session_id, revoked_at, expires_at)
    SELECT DISTINCT ON (s.access_token_hash)
           s.access_token_hash, s.id, localtimestamp, localtimestamp + user_session_access_ttl()
      FROM user_sessions AS s
     WHERE s.id = ANY (held)
       AND s.access_token_hash IS NOT NULL
     ORDER BY s.access_token_hash, s.id
    ON CONFLICT (token_hash) DO UPDATE
       SET expires_at = greatest(r.expires_at, excluded.expires_at);

    RETURN revoked;
END
$$;

COMMENT ON FUNCTION revoke_other_user_sessions(uuid, uuid) IS
    'Ends all sessions of a user but p_current, or all where that is null, and has their access tokens refused. Returns how many it ended.';

REVOKE EXECUTE ON FUNCTION revoke_other_user_sessions(uuid, uuid) FROM PUBLIC;

-- Names in the bodies mean the schema the functions are in, whoever calls. That
-- schema is known only now, and CREATE FUNCTION takes no expression for it.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION revoke_user_session(uuid, uuid) SET search_path = %I, pg_temp',
        current_schema()
    );
    EXECUTE format(
        'ALTER FUNCTION revoke_other_user_sessions(uuid, uuid) SET search_path = %I, pg_temp',
        current_schema()
    );
END
$$;
