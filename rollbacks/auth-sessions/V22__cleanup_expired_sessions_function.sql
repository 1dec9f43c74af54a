-- Removes the function that deletes expired sessions.

DROP FUNCTION cleanup_expired_sessions();
