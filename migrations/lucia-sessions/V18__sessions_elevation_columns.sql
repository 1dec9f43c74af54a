-- Privileged roles that a session takes on for a limited time. All times are
-- Unix milliseconds.
--
-- SQLite has no IF NOT EXISTS for columns; a second run stops at the first one.

ALTER TABLE sessions ADD COLUMN elevated_until integer;
ALTER TABLE sessions ADD COLUMN assumed_role text;
ALTER TABLE sessions ADD COLUMN assumed_at integer;
ALTER TABLE sessions ADD COLUMN assumed_until integer;

-- Few sessions are elevated; the index holds only those that were.
CREATE INDEX IF NOT EXISTS idx_sessions_elevated
    ON sessions (elevated_until)
    WHERE elevated_until IS NOT NULL;
