-- Removes the function that replaces access tokens.

DROP FUNCTION refresh_user_session(text, text);
