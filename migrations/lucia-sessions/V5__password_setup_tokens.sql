-- Tokens sent to new users to choose their first password. Only the hash is
-- kept, and who invited them.
-- turnback:adopt-if table password_setup_tokens(id, user_id, token_hash, expires_at, used)

CREATE TABLE IF NOT EXISTS password_setup_tokens (
    id         text NOT NULL PRIMARY KEY,
    user_id    text NOT NULL REFERENCES users (email) ON DELETE CASCADE,
    token_hash text NOT NULL,
    expires_at datetime NOT NULL,
    used       integer DEFAULT 0,
    used_at    datetime,
    created_at datetime DEFAULT current_timestamp,
    created_by text
);
