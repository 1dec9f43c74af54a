-- Ending all sessions that descend from one sign-in.
--
-- The functions of this set run as the caller. PUBLIC may not call them; grant
-- EXECUTE to the application's role, of all three that V19 to V21 make, since
-- they call each other.
--
-- All three begin with the same lock, one for each family, until the end of the
-- transaction. Row locks alone would not do: an UPDATE that waits for a rotation
-- does not see the successor the rotation inserted, and would let it live. The
-- lock comes before any row of the family. An application that changes such a
-- row itself should call the function first, in the same transaction.

CREATE FUNCTION revoke_session_family(p_family_id uuid, p_reason text DEFAULT 'family_revoked')
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    family_user text;
    revoked     integer;
BEGIN
    -- Comparing with null would silently revoke nothing.
    IF p_family_id IS NULL THEN
        RAISE EXCEPTION 'p_family_id must not be null'
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = 'Give the family_id of the sessions to revoke.';
    END IF;

    PERFORM pg_advisory_xact_lock(uuid_hash_extended(p_family_id, 0));

    -- A family belongs to one user; if an application mixed two, to nobody.
    SELECT CASE WHEN min(s.user_id) = max(s.user_id) THEN min(s.user_id) END
      INTO family_user
      FROM auth_sessions AS s
     WHERE s.family_id = p_family_id;

    -- Deleting a user locks the row in users and then the sessions. In the other
    -- order, which the audit row's foreign key would bring about, the two could
    -- deadlock. Locking takes a right to update users; a role without it looks.
    IF has_any_column_privilege('users', 'UPDATE') THEN
        PERFORM FROM users AS u WHERE u.id = family_user FOR KEY SHARE;
    ELSE
        PERFORM FROM users AS u WHERE u.id = family_user;
    END IF;

    -- The audit log can only name a user who is there.
    IF NOT FOUND THEN
        family_user := NULL;
    END IF;

    UPDATE auth_sessions AS s
       SET revoked_at = now()
     WHERE s.family_id = p_family_id
       AND s.revoked_at IS NULL;

    GET DIAGNOSTICS revoked = ROW_COUNT;

    INSERT INTO auth_audit_log (user_id, action, success, details, created_at)
    VALUES (
        family_user,
        'session_family_revoked',
        true,
        jsonb_build_object(
            'family_id', p_family_id,
            'reason', coalesce(p_reason, 'family_revoked'),
            'count', revoked
        ),
        now()
    );

    RETURN revoked;
END
$$;

COMMENT ON FUNCTION revoke_session_family(uuid, text) IS
    'Ends the sessions of a family that are not ended yet, and notes it in auth_audit_log. Returns how many it ended.';

REVOKE EXECUTE ON FUNCTION revoke_session_family(uuid, text) FROM PUBLIC;

-- Names in the body mean the schema the function is in, whoever calls. That
-- schema is known only now, and CREATE FUNCTION takes no expression for it.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION revoke_session_family(uuid, text) SET search_path = %I, pg_temp',
        current_schema()
    );
END
$$;
