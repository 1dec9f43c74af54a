-- Removes the function that deletes ended sessions.

DROP FUNCTION cleanup_sessions(interval);
