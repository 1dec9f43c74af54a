-- Tokens sent to users who forgot their password. Only the hash is kept.
-- turnback:adopt-if table password_reset_tokens(id, user_id, token_hash, expires_at, used)

CREATE TABLE IF NOT EXISTS password_reset_tokens (
    id         text NOT NULL PRIMARY KEY,
    user_id    text NOT NULL REFERENCES users (email) ON DELETE CASCADE,
    token_hash text NOT NULL,
    expires_at datetime NOT NULL,
    used       integer DEFAULT 0,
    used_at    datetime,
    created_at datetime DEFAULT current_timestamp,
    ip_address text,
    user_agent text
);
