-- Telling whether a JWT that is presented was used up before, and acting on it.
--
-- A jti is used up when the session that carried it has ended: rotation ends
-- the old session, so whoever still presents its jti has a copy. The jti of a
-- session that has not ended is the one its client is meant to present.

CREATE FUNCTION handle_token_replay(p_current_jti uuid, p_family_id uuid)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
    carrier record;
BEGIN
    -- Comparing with null would find nothing, and let every replay pass.
    IF p_current_jti IS NULL OR p_family_id IS NULL THEN
        RAISE EXCEPTION 'p_current_jti and p_family_id must not be null'
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = 'Refuse a token that names no jti or no family, without calling this.';
    END IF;

    -- A rotation under way ends the session that carries the jti: wait for it.
    PERFORM pg_advisory_xact_lock(uuid_hash_extended(p_family_id, 0));

    SELECT s.id, s.user_id
      INTO carrier
      FROM auth_sessions AS s
     WHERE s.family_id = p_family_id
       AND ((s.current_jti = p_current_jti AND s.revoked_at IS NOT NULL) OR s.reused_jti_of = p_current_jti)
     ORDER BY s.revoked_at, s.id
     LIMIT 1;

    IF NOT FOUND THEN
        RETURN false;
    END IF;

    PERFORM revoke_session_family(p_family_id, 'token_replay');

    UPDATE auth_sessions AS s
       SET reused_jti_of = p_current_jti
     WHERE s.family_id = p_family_id
       AND s.current_jti = p_current_jti;

    INSERT INTO auth_audit_log (user_id, action, success, details, created_at)
    VALUES (
        (SELECT u.id FROM users AS u WHERE u.id = carrier.user_id),
        'token_replay_detected',
        false,
        jsonb_build_object(
            'family_id', p_family_id,
            'jti', p_current_jti,
            'session_id', carrier.id
        ),
        now()
    );

    RETURN true;
END
$$;

COMMENT ON FUNCTION handle_token_replay(uuid, uuid) IS
    'Returns true where the jti was used up in that family before; the family is then revoked, the session that carried the jti marked, and both noted in auth_audit_log. False, and nothing changes, where it was not.';

REVOKE EXECUTE ON FUNCTION handle_token_replay(uuid, uuid) FROM PUBLIC;

-- Names in the body mean the schema the function is in, whoever calls. That
-- schema is known only now, and CREATE FUNCTION takes no expression for it.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION handle_token_replay(uuid, uuid) SET search_path = %I, pg_temp',
        current_schema()
    );
END
$$;
