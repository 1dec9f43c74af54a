-- Giving a session a new access token.
--
-- A session is live while it is active, not revoked and not expired. The session
-- is not made to live longer: a refresh token is good for one lifetime.
--
-- The function runs as the caller. PUBLIC may not call it; grant EXECUTE to the
-- application's role.

CREATE FUNCTION refresh_user_session(p_refresh_token_hash text, p_new_access_token_hash text)
RETURNS uuid
LANGUAGE plpgsql
AS $$
DECLARE
    held record;
BEGIN
    -- An old session can have another kind of hash, and then a live one cannot
    -- be changed: its user has to sign in again.
    IF p_refresh_token_hash !~ '^[0-9a-fA-F]{64}$' THEN
        RETURN NULL;
    END IF;

    -- The lock makes two calls at once take turns: the second finds the first
    -- one's token, and both replaced tokens are recorded. Should two sessions of
    -- an adopted table share a hash, the newer one is meant.
    SELECT s.id, s.access_token_hash
      INTO held
      FROM user_sessions AS s
     WHERE s.refresh_token_hash = p_refresh_token_hash
       AND s.is_active
       AND s.revoked_at IS NULL
       AND s.expires_at > localtimestamp
     ORDER BY s.created_at DESC, s.id
     LIMIT 1
       FOR NO KEY UPDATE;

    IF NOT FOUND THEN
        RETURN NULL;
    END IF;

    -- A call repeated after its answer was lost must not refuse the very token
    -- that is valid now.
    IF held.access_token_hash = p_new_access_token_hash THEN
        RETURN held.id;
    END IF;

    UPDATE user_sessions AS s
       SET access_token_hash = p_new_access_token_hash
     WHERE s.id = held.id;

    -- An adopted table may allow a session without a token; there is nothing to
    -- refuse then.
    INSERT INTO revoked_access_tokens AS r (token_hash, session_id, revoked_at, expires_at)
    SELECT held.access_token_hash, held.id, localtimestamp, localtimestamp + user_session_access_ttl()
     WHERE held.access_token_hash IS NOT NULL
    ON CONFLICT (token_hash) DO UPDATE
       SET expires_at = greatest(r.expires_at, excluded.expires_at);

    RETURN held.id;
END
$$;

COMMENT ON FUNCTION refresh_user_session(text, text) IS
    'Replaces the access token of the live session that has this refresh token, and has the old one refused from now on. Returns the session; null where there is none: the user must sign in again.';

REVOKE EXECUTE ON FUNCTION refresh_user_session(text, text) FROM PUBLIC;

-- Names in the body mean the schema the function is in, whoever calls. That
-- schema is known only now, and CREATE FUNCTION takes no expression for it.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION refresh_user_session(text, text) SET search_path = %I, pg_temp',
        current_schema()
    );
END
$$;
