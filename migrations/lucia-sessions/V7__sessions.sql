-- Who is signed in, from where.
--
-- An adopted table is one from before privilege elevation: V18 adds those
-- columns, and V19 fills the fingerprints it lacks.
-- turnback:adopt-if table sessions(id, user_id, expires_at, created_at, last_activity, ip_address, user_agent, fingerprint, is_active)

CREATE TABLE IF NOT EXISTS sessions (
    id            text NOT NULL PRIMARY KEY,
    user_id       text NOT NULL REFERENCES users (email) ON DELETE CASCADE,
    expires_at    datetime NOT NULL,
    created_at    datetime DEFAULT current_timestamp,
    last_activity datetime DEFAULT current_timestamp,
    ip_address    text,
    user_agent    text,
    fingerprint   text, -- SHA-256 of address and agent, see V19
    is_active     integer DEFAULT 1,
    revoked_at    datetime,
    revoked_by    text,
    revoke_reason text
);
