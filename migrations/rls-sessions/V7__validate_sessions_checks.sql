-- Reads the existing sessions against the checks of V6.
--
-- In a transaction of its own, so that the scan holds only a lock that lets the
-- application read and write. It fails where a row breaks a check; this finds
-- such rows:
--     SELECT * FROM sessions
--      WHERE expires_at <= created_at OR revoked_at < created_at;

ALTER TABLE sessions
    VALIDATE CONSTRAINT sessions_valid_expiry,
    VALIDATE CONSTRAINT sessions_valid_revocation;
