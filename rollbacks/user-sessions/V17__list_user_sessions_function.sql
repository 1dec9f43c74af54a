-- Removes the function that lists sessions.

DROP FUNCTION list_user_sessions(uuid, uuid);
