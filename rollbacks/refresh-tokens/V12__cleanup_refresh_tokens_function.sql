-- Removes the function that deletes ended tokens.

DROP FUNCTION cleanup_refresh_tokens(interval);
