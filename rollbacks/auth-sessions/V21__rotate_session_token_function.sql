-- Removes the function that rotates a session.

DROP FUNCTION rotate_session_token(varchar, varchar, uuid, varchar, timestamptz);
