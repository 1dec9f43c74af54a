-- One row for each signed-in device.
--
-- There is no tenant column and no updated_at, on purpose: the application's
-- model has neither. Indexes, checks and the policy follow in migrations of
-- their own, so that an adopted table receives them too; V4 gives one that does
-- not refer to users its foreign key. The comments are written here, so that an
-- adopted table keeps the comments it has.
-- turnback:adopt-if table sessions(id uuid, user_id uuid, ip_address, expires_at timestamptz, is_revoked boolean, revoked_at timestamptz, revoked_reason text, created_at timestamptz, last_used_at timestamptz)
-- turnback:requires extension "uuid-ossp"?

CREATE TABLE sessions (
    id                 uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id            uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    refresh_token_hash text        NOT NULL,
    user_agent         text,
    ip_address         inet,
    device_name        text,
    device_type        text        NOT NULL DEFAULT 'unknown',
    expires_at         timestamptz NOT NULL,
    is_revoked         boolean     NOT NULL DEFAULT false,
    revoked_at         timestamptz,
    revoked_reason     text,
    created_at         timestamptz NOT NULL DEFAULT now(),
    last_used_at       timestamptz NOT NULL DEFAULT now()
);

-- Where uuid-ossp is installed, its generator is the one the application's
-- other tables use. The extension can live in any schema, usually not in the
-- one this table is in, so its schema is looked up.
DO $$
DECLARE
    extension_schema name;
BEGIN
    SELECT n.nspname
      INTO extension_schema
      FROM pg_extension AS e
      JOIN pg_namespace AS n ON n.oid = e.extnamespace
     WHERE e.extname = 'uuid-ossp';

    IF FOUND THEN
        EXECUTE format(
            'ALTER TABLE sessions ALTER COLUMN id SET DEFAULT %I.uuid_generate_v4()',
            extension_schema
        );
    END IF;
END
$$;

COMMENT ON TABLE sessions IS 'Signed-in devices, one row each. Row-level security shows a user only their own rows.';
COMMENT ON COLUMN sessions.id IS 'Key of the session.';
COMMENT ON COLUMN sessions.user_id IS 'User the session belongs to. The policy compares it with app.current_user_id.';
COMMENT ON COLUMN sessions.refresh_token_hash IS 'Hash of the refresh token. The token itself is never stored.';
COMMENT ON COLUMN sessions.user_agent IS 'User-Agent header sent when the session began.';
COMMENT ON COLUMN sessions.ip_address IS 'Address the session began from.';
COMMENT ON COLUMN sessions.device_name IS 'Name of the device, as shown in the user''s list of devices.';
COMMENT ON COLUMN sessions.device_type IS 'Kind of device: mobile, desktop, web or unknown.';
COMMENT ON COLUMN sessions.expires_at IS 'When the session ends by itself. Always after created_at.';
COMMENT ON COLUMN sessions.is_revoked IS 'Whether the session was ended before it expired.';
COMMENT ON COLUMN sessions.revoked_at IS 'When the session was revoked. Null while it is not.';
COMMENT ON COLUMN sessions.revoked_reason IS 'Why the session was revoked: logout, password_change or admin_action.';
COMMENT ON COLUMN sessions.created_at IS 'When the user signed in.';
COMMENT ON COLUMN sessions.last_used_at IS 'When the session was last used. touch_session() moves it forward.';
