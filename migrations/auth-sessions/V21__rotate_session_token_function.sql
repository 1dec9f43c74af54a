-- Replacing a session by its successor when its refresh token is used.
--
-- A refresh token is used once. Who presents one that was rotated already, or
-- asks for a jti the family has seen, has a copy, or has been copied from: the
-- family ends, for both. Of two callers who rotate one session at once the
-- second is such a one; a client must not refresh twice in parallel.

CREATE FUNCTION rotate_session_token(
    p_old_session_id         varchar,
    p_new_session_id         varchar,
    p_new_jti                uuid,
    p_new_refresh_token_hash varchar,
    p_new_expires_at         timestamptz
)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
    old          record;
    replayed_jti uuid;
    is_replay    boolean := false;
BEGIN
    IF p_new_session_id IS NULL OR p_new_jti IS NULL
       OR p_new_refresh_token_hash IS NULL OR p_new_expires_at IS NULL THEN
        RAISE EXCEPTION 'id, jti, refresh token hash and expiry of the new session must not be null'
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = 'Make all four before the old session is given up.';
    END IF;

    SELECT s.family_id, s.user_id
      INTO old
      FROM auth_sessions AS s
     WHERE s.id = p_old_session_id;

    IF NOT FOUND THEN
        RETURN false;
    END IF;

    -- The family, the user, the session: in the order of revoke_session_family,
    -- and for its reasons.
    PERFORM pg_advisory_xact_lock(uuid_hash_extended(old.family_id, 0));

    IF has_any_column_privilege('users', 'UPDATE') THEN
        PERFORM FROM users AS u WHERE u.id = old.user_id FOR KEY SHARE;
    END IF;

    -- Read again: whoever held the lock may have rotated, revoked or deleted it.
    SELECT s.id, s.user_id, s.family_id, s.user_agent, s.ip, s.current_jti,
           s.device_hash, s.last_ip_cidr, s.auth_time, s.expires_at, s.revoked_at
      INTO old
      FROM auth_sessions AS s
     WHERE s.id = p_old_session_id
       FOR UPDATE;

    IF NOT FOUND THEN
        RETURN false;
    END IF;

    IF EXISTS (
        SELECT FROM auth_sessions AS s
         WHERE s.family_id = old.family_id
           AND s.rotated_from = old.id
    ) THEN
        is_replay := true;
        replayed_jti := old.current_jti;
    ELSIF old.revoked_at IS NOT NULL OR old.expires_at <= now() THEN
        -- Ended without a successor: signed out, revoked or expired.
        RETURN false;
    ELSIF EXISTS (
        SELECT FROM auth_sessions AS s
         WHERE s.family_id = old.family_id
           AND (s.current_jti = p_new_jti OR s.reused_jti_of = p_new_jti)
    ) THEN
        is_replay := true;
        replayed_jti := p_new_jti;
    END IF;

    IF is_replay THEN
        PERFORM revoke_session_family(old.family_id, 'token_replay');

        UPDATE auth_sessions AS s
           SET reused_jti_of = replayed_jti
         WHERE s.family_id = old.family_id
           AND s.current_jti = replayed_jti;

        INSERT INTO auth_audit_log (user_id, action, success, details, created_at)
        VALUES (
            (SELECT u.id FROM users AS u WHERE u.id = old.user_id),
            'token_replay_detected',
            false,
            jsonb_build_object(
                'family_id', old.family_id,
                'jti', replayed_jti,
                'session_id', old.id
            ),
            now()
        );

        RETURN false;
    END IF;

    UPDATE auth_sessions AS s
       SET revoked_at = now()
     WHERE s.id = old.id;

    INSERT INTO auth_sessions (
        id, user_id, refresh_token_hash, family_id, rotated_from, user_agent, ip,
        created_at, last_used, expires_at, current_jti, device_hash, last_ip_cidr, auth_time
    )
    VALUES (
        p_new_session_id, old.user_id, p_new_refresh_token_hash, old.family_id, old.id, old.user_agent, old.ip,
        now(), now(), p_new_expires_at, p_new_jti, old.device_hash, old.last_ip_cidr, old.auth_time
    );

    RETURN true;
END
$$;

COMMENT ON FUNCTION rotate_session_token(varchar, varchar, uuid, varchar, timestamptz) IS
    'Ends a session and begins its successor in the same family. Returns false where the session is unknown, ended or expired, and nothing changes; false too on a replay (a session rotated before, or a jti the family has seen), and then the family is revoked.';

REVOKE EXECUTE ON FUNCTION rotate_session_token(varchar, varchar, uuid, varchar, timestamptz) FROM PUBLIC;

-- Names in the body mean the schema the function is in, whoever calls. That
-- schema is known only now, and CREATE FUNCTION takes no expression for it.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION rotate_session_token(varchar, varchar, uuid, varchar, timestamptz) SET search_path = %I, pg_temp',
        current_schema()
    );
END
$$;
