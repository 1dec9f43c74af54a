-- Makes the checks of V6 NOT VALID again. PostgreSQL has no command for that,
-- so they are replaced, in one statement: no row goes unchecked in between.

ALTER TABLE sessions
    DROP CONSTRAINT sessions_valid_expiry,
    DROP CONSTRAINT sessions_valid_revocation,
    ADD CONSTRAINT sessions_valid_expiry
        CHECK (expires_at > created_at) NOT VALID,
    ADD CONSTRAINT sessions_valid_revocation
        CHECK (revoked_at IS NULL OR revoked_at >= created_at) NOT VALID;
