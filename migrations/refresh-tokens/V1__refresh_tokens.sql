-- One row for each refresh token that was handed out.
--
-- Times have no time zone: they are local times of the session that wrote them,
-- and the set reads them the same way, so every session that uses the table
-- must have the same TimeZone.
--
-- Indexes follow in migrations of their own, so that an adopted table receives
-- them too. Of an adopted table only what cannot be added is asked for; V3 adds
-- the rest. revoked_at is among it: where a table says in another way which
-- tokens are revoked, an empty revoked_at would bring them back to life.
-- turnback:adopt-if table refresh_tokens(id uuid, user_id varchar(255), token varchar(255), created_at timestamp, expires_at timestamp, revoked_at timestamp)

CREATE TABLE refresh_tokens (
    id                 uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id            varchar(255) NOT NULL,
    token              varchar(255) UNIQUE NOT NULL,
    device_name        varchar(255),
    device_fingerprint varchar(255),
    ip_address         varchar(45),
    user_agent         text,
    created_at         timestamp    DEFAULT now(),
    last_used_at       timestamp    DEFAULT now(),
    expires_at         timestamp    NOT NULL,
    revoked_at         timestamp
);

COMMENT ON TABLE refresh_tokens IS 'Refresh tokens, one row each, with the device they were given to. All times are local to the TimeZone that every session here must share.';
COMMENT ON COLUMN refresh_tokens.id IS 'Key of the token; what security_events.token_id names.';
COMMENT ON COLUMN refresh_tokens.user_id IS 'User the token belongs to, in the application''s terms.';
COMMENT ON COLUMN refresh_tokens.token IS 'The token, as the application looks it up. No view shows it.';
COMMENT ON COLUMN refresh_tokens.device_name IS 'Name of the device, as shown in the user''s list of devices.';
COMMENT ON COLUMN refresh_tokens.device_fingerprint IS 'Fingerprint of the device the token was given to. Null binds the token to no device.';
COMMENT ON COLUMN refresh_tokens.ip_address IS 'Address the token was requested from.';
COMMENT ON COLUMN refresh_tokens.user_agent IS 'User-Agent header the token was requested with.';
COMMENT ON COLUMN refresh_tokens.created_at IS 'When the token was handed out.';
COMMENT ON COLUMN refresh_tokens.last_used_at IS 'When the token was last used. extend_refresh_token() moves it forward.';
COMMENT ON COLUMN refresh_tokens.expires_at IS 'When the token ends by itself. extend_refresh_token() moves it forward.';
COMMENT ON COLUMN refresh_tokens.revoked_at IS 'When the token was revoked. Null while it is not.';
