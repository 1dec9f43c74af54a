-- Codes that let a user in once when the second factor is lost. Only the hash
-- is kept.
-- turnback:adopt-if table mfa_backup_codes(id, user_id, used)

CREATE TABLE IF NOT EXISTS mfa_backup_codes (
    id         text NOT NULL PRIMARY KEY,
    user_id    text NOT NULL REFERENCES users (email) ON DELETE CASCADE,
    code_hash  text NOT NULL,
    used       integer DEFAULT 0,
    used_at    datetime,
    created_at datetime DEFAULT current_timestamp
);
