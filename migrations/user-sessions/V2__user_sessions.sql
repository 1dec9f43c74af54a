-- One row for each device a user is signed in on.
--
-- Times have no time zone: they are local times of the session that wrote them,
-- and the set reads them the same way, so every database session that uses the
-- table must have the same TimeZone.
--
-- Constraints, the reference to users and indexes follow in migrations of their
-- own, so that an adopted table receives them too. Of an adopted table only what
-- cannot be added is asked for; V4 adds the rest.
-- turnback:adopt-if table user_sessions(id uuid, user_id uuid, access_token_hash, refresh_token_hash, expires_at timestamp, created_at timestamp, revoked_at timestamp, is_active boolean)

CREATE TABLE user_sessions (
    id                 uuid      PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id            uuid      NOT NULL,
    access_token_hash  text      NOT NULL,
    refresh_token_hash text      NOT NULL,
    expires_at         timestamp NOT NULL,
    created_at         timestamp NOT NULL DEFAULT current_timestamp,
    last_activity_at   timestamp DEFAULT current_timestamp,
    revoked_at         timestamp,
    is_active          boolean   NOT NULL DEFAULT true,
    ip_address         text,
    user_agent         text,
    device_info        jsonb     DEFAULT '{}',
    metadata           jsonb     DEFAULT '{}'
);

COMMENT ON TABLE user_sessions IS 'Signed-in devices, one row each. All times are local to the TimeZone that every database session here must share.';
COMMENT ON COLUMN user_sessions.id IS 'Key of the session.';
COMMENT ON COLUMN user_sessions.user_id IS 'User the session belongs to.';
COMMENT ON COLUMN user_sessions.access_token_hash IS 'SHA-256, in hex, of the access token that is valid now. The token itself is never stored.';
COMMENT ON COLUMN user_sessions.refresh_token_hash IS 'SHA-256, in hex, of the refresh token. The token itself is never stored.';
COMMENT ON COLUMN user_sessions.expires_at IS 'When the session ends by itself.';
COMMENT ON COLUMN user_sessions.created_at IS 'When the user signed in.';
COMMENT ON COLUMN user_sessions.last_activity_at IS 'When the session was last used. Moves forward with every new access token, and never back.';
COMMENT ON COLUMN user_sessions.revoked_at IS 'When the session was revoked. Null while it is not.';
COMMENT ON COLUMN user_sessions.is_active IS 'False once the session is revoked, or found expired by cleanup_expired_user_sessions().';
COMMENT ON COLUMN user_sessions.ip_address IS 'Address the session began from.';
COMMENT ON COLUMN user_sessions.user_agent IS 'User-Agent header sent when the session began.';
COMMENT ON COLUMN user_sessions.device_info IS 'What is known of the device. user_session_devices reads its type from device_type, deviceType or type.';
COMMENT ON COLUMN user_sessions.metadata IS 'What else the application keeps with the session.';
