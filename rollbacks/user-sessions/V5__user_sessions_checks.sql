-- Removes the three checks of V5.

ALTER TABLE user_sessions
    DROP CONSTRAINT user_sessions_revoked_is_inactive,
    DROP CONSTRAINT user_sessions_valid_expiry,
    DROP CONSTRAINT user_sessions_hashes_are_sha256;
