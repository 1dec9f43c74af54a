-- Ending tokens before they expire: one, or all of a user.
--
-- The functions run as the caller. PUBLIC may not call them; grant EXECUTE to
-- the application's role.

CREATE FUNCTION revoke_refresh_token(p_token varchar, p_reason text)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
    revoked record;
BEGIN
    -- now() is when this transaction began, which can be before a token that was
    -- committed since was created. Of two calls at once the second waits here,
    -- and then finds the token revoked.
    UPDATE refresh_tokens AS t
       SET revoked_at = greatest(localtimestamp, t.created_at)
     WHERE t.token = p_token
       AND t.revoked_at IS NULL
    RETURNING t.id, t.user_id INTO revoked;

    IF NOT FOUND THEN
        RETURN false;
    END IF;

    PERFORM record_security_event(
        'token_revoked', 'info', revoked.user_id, revoked.id, NULL, NULL,
        jsonb_build_object('reason', p_reason));
    RETURN true;
END
$$;

COMMENT ON FUNCTION revoke_refresh_token(varchar, text) IS
    'Ends one token and records token_revoked with the reason. Returns false, and changes nothing, where the token is unknown or revoked already.';

REVOKE EXECUTE ON FUNCTION revoke_refresh_token(varchar, text) FROM PUBLIC;

CREATE FUNCTION revoke_user_refresh_tokens(p_user_id varchar, p_except uuid DEFAULT NULL)
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
        SELECT t.id
          FROM refresh_tokens AS t
         WHERE t.user_id = p_user_id
           AND t.revoked_at IS NULL
           AND t.id IS DISTINCT FROM p_except
         ORDER BY t.id
           FOR NO KEY UPDATE
    );

    UPDATE refresh_tokens AS t
       SET revoked_at = greatest(localtimestamp, t.created_at)
     WHERE t.id = ANY (held);

    GET DIAGNOSTICS revoked = ROW_COUNT;

    PERFORM record_security_event(
                'token_revoked', 'info', p_user_id, h.id, NULL, NULL,
                jsonb_build_object('reason', 'all tokens of the user', 'except', p_except))
       FROM unnest(held) AS h(id);

    RETURN revoked;
END
$$;

COMMENT ON FUNCTION revoke_user_refresh_tokens(varchar, uuid) IS
    'Ends all tokens of a user but p_except, usually the one that asks, and records token_revoked for each. Returns how many it ended.';

REVOKE EXECUTE ON FUNCTION revoke_user_refresh_tokens(varchar, uuid) FROM PUBLIC;

-- Names in the bodies mean the schema the functions are in, whoever calls. That
-- schema is known only now, and CREATE FUNCTION takes no expression for it.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION revoke_refresh_token(varchar, text) SET search_path = %I, pg_temp',
        current_schema()
    );
    EXECUTE format(
        'ALTER FUNCTION revoke_user_refresh_tokens(varchar, uuid) SET search_path = %I, pg_temp',
        current_schema()
    );
END
$$;
