-- Removes the function that cleans up.

DROP FUNCTION cleanup_expired_user_sessions();
