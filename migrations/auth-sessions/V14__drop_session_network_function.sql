-- Removes the function of V12, which only the backfill needs.

DROP FUNCTION auth_sessions_network(text);
