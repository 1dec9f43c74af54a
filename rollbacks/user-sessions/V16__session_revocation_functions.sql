-- Removes the functions that end sessions. What they revoked stays revoked.

DROP FUNCTION revoke_other_user_sessions(uuid, uuid);
DROP FUNCTION revoke_user_session(uuid, uuid);
