-- Removes the functions that end tokens. What they revoked stays revoked.

DROP FUNCTION revoke_user_refresh_tokens(varchar, uuid);
DROP FUNCTION revoke_refresh_token(varchar, text);
