-- Removes the trigger and its function.

DROP TRIGGER user_sessions_last_activity ON user_sessions;
DROP FUNCTION user_sessions_move_last_activity();
