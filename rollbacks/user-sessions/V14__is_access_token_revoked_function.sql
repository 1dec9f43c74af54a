-- Removes the question. The table it looks in stays.

DROP FUNCTION is_access_token_revoked(text);
