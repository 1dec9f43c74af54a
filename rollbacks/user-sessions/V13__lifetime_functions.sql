-- Removes the two functions. The settings belong to whoever made them.

DROP FUNCTION user_session_refresh_ttl();
DROP FUNCTION user_session_access_ttl();
