-- Removes the functions that end sessions.

DROP FUNCTION revoke_all_sessions(uuid, text, uuid);
DROP FUNCTION revoke_session(uuid, text);
