-- One row for each refresh token ever issued: rotation ends one row and begins
-- the next.
--
-- This is the table as applications made it before it was hardened; what is new
-- follows in migrations of its own, so that an adopted table receives it too.
-- family_id and revoked_at are not asked of an adopted table: V4 to V10 see to
-- them. The comments are written here, so that an adopted table keeps its own.
-- turnback:adopt-if table auth_sessions(id varchar(255), user_id varchar(255), refresh_token_hash, rotated_from varchar(255), user_agent, ip, created_at timestamptz, last_used timestamptz, expires_at timestamptz)

CREATE TABLE auth_sessions (
    id                 varchar(255) PRIMARY KEY,
    user_id            varchar(255) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    refresh_token_hash varchar(255) NOT NULL,
    family_id          uuid,
    rotated_from       varchar(255),
    user_agent         text,
    ip                 varchar(45),
    created_at         timestamptz  DEFAULT now(),
    last_used          timestamptz  DEFAULT now(),
    expires_at         timestamptz  NOT NULL,
    revoked_at         timestamptz
);

COMMENT ON TABLE auth_sessions IS 'Refresh tokens, one row each. A sign-in begins a family; rotation adds to it.';
COMMENT ON COLUMN auth_sessions.id IS 'Key of the session.';
COMMENT ON COLUMN auth_sessions.user_id IS 'User the session belongs to.';
COMMENT ON COLUMN auth_sessions.refresh_token_hash IS 'Hash of the refresh token. The token itself is never stored.';
COMMENT ON COLUMN auth_sessions.family_id IS 'Shared by the sessions that descend from one sign-in.';
COMMENT ON COLUMN auth_sessions.rotated_from IS 'Session this one replaced. Null where it began with a sign-in.';
COMMENT ON COLUMN auth_sessions.user_agent IS 'User-Agent header, as the client sent it.';
COMMENT ON COLUMN auth_sessions.ip IS 'Address, as the application noted it. Free text: it need not be one.';
COMMENT ON COLUMN auth_sessions.created_at IS 'When the session began.';
COMMENT ON COLUMN auth_sessions.last_used IS 'When the session was last used.';
COMMENT ON COLUMN auth_sessions.expires_at IS 'When the session ends by itself.';
COMMENT ON COLUMN auth_sessions.revoked_at IS 'When the session was ended, by rotation or otherwise. Null while it was not.';
