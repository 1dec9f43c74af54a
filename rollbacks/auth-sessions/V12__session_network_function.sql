-- Removes the function of V12.

DROP FUNCTION auth_sessions_network(text);
