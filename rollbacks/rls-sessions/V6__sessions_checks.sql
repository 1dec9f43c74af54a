-- Removes the two checks of V6.

ALTER TABLE sessions
    DROP CONSTRAINT sessions_valid_revocation,
    DROP CONSTRAINT sessions_valid_expiry;
