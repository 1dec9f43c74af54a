-- Access tokens to refuse although they have not expired.
--
-- A row is of use only as long as the token it names could still be, some
-- minutes, so the table stays small where cleanup_expired_user_sessions() runs.
-- No foreign key: a token is refused also after its session is deleted.
-- turnback:adopt-if table revoked_access_tokens(token_hash, session_id uuid, revoked_at timestamp, expires_at timestamp)

CREATE TABLE revoked_access_tokens (
    token_hash text      PRIMARY KEY,
    session_id uuid,
    revoked_at timestamp NOT NULL DEFAULT current_timestamp,
    expires_at timestamp NOT NULL
);

COMMENT ON TABLE revoked_access_tokens IS 'Access tokens to refuse, for as long as they could still be used. Rows past expires_at mean nothing.';
COMMENT ON COLUMN revoked_access_tokens.token_hash IS 'Hash of the access token, as user_sessions had it.';
COMMENT ON COLUMN revoked_access_tokens.session_id IS 'Session the token belonged to, which may be deleted by now.';
COMMENT ON COLUMN revoked_access_tokens.revoked_at IS 'When the token was replaced or revoked.';
COMMENT ON COLUMN revoked_access_tokens.expires_at IS 'When the token has expired by itself at the latest.';
