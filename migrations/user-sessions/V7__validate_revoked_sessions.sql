-- Reads the existing sessions against the check that V6 made true of them.
--
-- In a transaction of its own, so that the scan holds only a lock that lets the
-- application read and write. The other two checks of V5 stay as they are.

ALTER TABLE user_sessions VALIDATE CONSTRAINT user_sessions_revoked_is_inactive;
