-- Makes the check NOT VALID again. PostgreSQL has no command for that, so it is
-- replaced, in one statement: no row goes unchecked in between.

ALTER TABLE user_sessions
    DROP CONSTRAINT user_sessions_revoked_is_inactive,
    ADD CONSTRAINT user_sessions_revoked_is_inactive
        CHECK (revoked_at IS NULL OR is_active IS NOT TRUE) NOT VALID;
