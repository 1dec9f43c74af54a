-- Using a token: verifying it, and extending it while it is used.
--
-- A token is live while it is neither revoked nor expired. Times are compared
-- as local times of the session, which is how they are written.
--
-- The functions run as the caller. PUBLIC may not call them; grant EXECUTE to
-- the application's role.

CREATE FUNCTION verify_refresh_token(p_token varchar, p_device_fingerprint varchar)
RETURNS TABLE (
    id                  uuid,
    user_id             varchar,
    device_name         varchar,
    device_fingerprint  varchar,
    ip_address          varchar,
    user_agent          text,
    created_at          timestamp,
    last_used_at        timestamp,
    expires_at          timestamp,
    fingerprint_matches boolean
)
LANGUAGE plpgsql
AS $$
BEGIN
    -- A token bound to no device matches every one. One that is bound does not
    -- match a client that sends no fingerprint: leaving it out would otherwise
    -- be the way around.
    SELECT t.id, t.user_id, t.device_name, t.device_fingerprint, t.ip_address,
           t.user_agent, t.created_at, t.last_used_at, t.expires_at,
           t.device_fingerprint IS NULL
               OR t.device_fingerprint IS NOT DISTINCT FROM p_device_fingerprint
      INTO id, user_id, device_name, device_fingerprint, ip_address,
           user_agent, created_at, last_used_at, expires_at,
           fingerprint_matches
      FROM refresh_tokens AS t
     WHERE t.token = p_token
       AND t.revoked_at IS NULL
       AND t.expires_at > localtimestamp;

    IF NOT FOUND THEN
        RETURN;
    END IF;

    -- Address and agent of the client are not known here, and those of the
    -- token are not the event's.
    IF NOT fingerprint_matches THEN
        PERFORM record_security_event(
            'device_fingerprint_mismatch', 'high', user_id, id, NULL, NULL,
            jsonb_build_object('expected', device_fingerprint,
                               'presented', left(p_device_fingerprint, 255)));
    END IF;

    RETURN NEXT;
END
$$;

COMMENT ON FUNCTION verify_refresh_token(varchar, varchar) IS
    'The row of a live token, or none. Where the token is bound to another device fingerprint, fingerprint_matches is false and a device_fingerprint_mismatch is recorded: the application decides what follows.';

REVOKE EXECUTE ON FUNCTION verify_refresh_token(varchar, varchar) FROM PUBLIC;

CREATE FUNCTION extend_refresh_token(p_token varchar, p_lifetime interval DEFAULT '7 days')
RETURNS timestamp
LANGUAGE plpgsql
AS $$
DECLARE
    extended timestamp;
BEGIN
    -- greatest() passes over nulls. A long transaction has an old now(); it must
    -- not move a time back, and a short lifetime must not shorten a token.
    UPDATE refresh_tokens AS t
       SET expires_at = greatest(t.expires_at, localtimestamp + p_lifetime),
           last_used_at = greatest(t.last_used_at, localtimestamp)
     WHERE t.token = p_token
       AND t.revoked_at IS NULL
       AND t.expires_at > localtimestamp
    RETURNING t.expires_at INTO extended;

    RETURN extended;
END
$$;

COMMENT ON FUNCTION extend_refresh_token(varchar, interval) IS
    'Records that a live token is used, and lets it live p_lifetime from now unless it lives longer already. Returns when it ends; null for a token that is unknown, revoked or expired.';

REVOKE EXECUTE ON FUNCTION extend_refresh_token(varchar, interval) FROM PUBLIC;

-- Names in the bodies mean the schema the functions are in, whoever calls. That
-- schema is known only now, and CREATE FUNCTION takes no expression for it.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION verify_refresh_token(varchar, varchar) SET search_path = %I, pg_temp',
        current_schema()
    );
    EXECUTE format(
        'ALTER FUNCTION extend_refresh_token(varchar, interval) SET search_path = %I, pg_temp',
        current_schema()
    );
END
$$;
