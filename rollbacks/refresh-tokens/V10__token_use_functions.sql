-- Removes the functions that verify and extend tokens.

DROP FUNCTION extend_refresh_token(varchar, interval);
DROP FUNCTION verify_refresh_token(varchar, varchar);
