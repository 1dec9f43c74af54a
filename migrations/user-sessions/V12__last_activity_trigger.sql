-- Keeps last_activity_at true: a new access token is use, and time does not run
-- backwards.

CREATE FUNCTION user_sessions_move_last_activity()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    -- greatest() passes over nulls. clock_timestamp(), because two changes in one
    -- transaction are two uses, and a long transaction has an old now().
    IF NEW.access_token_hash IS DISTINCT FROM OLD.access_token_hash THEN
        NEW.last_activity_at := greatest(NEW.last_activity_at, clock_timestamp()::timestamp);
    END IF;

    NEW.last_activity_at := greatest(NEW.last_activity_at, OLD.last_activity_at);
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION user_sessions_move_last_activity() IS
    'Trigger function: moves last_activity_at forward when the access token changes, and lets nothing move it back.';

REVOKE EXECUTE ON FUNCTION user_sessions_move_last_activity() FROM PUBLIC;

CREATE TRIGGER user_sessions_last_activity
    BEFORE UPDATE ON user_sessions
    FOR EACH ROW
    WHEN (NEW.access_token_hash IS DISTINCT FROM OLD.access_token_hash
          OR NEW.last_activity_at IS DISTINCT FROM OLD.last_activity_at)
    EXECUTE FUNCTION user_sessions_move_last_activity();

COMMENT ON TRIGGER user_sessions_last_activity ON user_sessions IS
    'Moves last_activity_at forward when the access token changes, and lets nothing move it back.';

-- Names in the body mean the schema the function is in, whoever calls. That
-- schema is known only now, and CREATE FUNCTION takes no expression for it.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION user_sessions_move_last_activity() SET search_path = %I, pg_temp',
        current_schema()
    );
END
$$;
