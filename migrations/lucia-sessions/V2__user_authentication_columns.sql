-- What signing in with a password needs to know about a user.
--
-- Constant defaults only: SQLite then adds a column without touching a row.
-- It has no IF NOT EXISTS for columns; a second run stops at the first one.

ALTER TABLE users ADD COLUMN password_hash text;
ALTER TABLE users ADD COLUMN password_changed_at datetime;
-- A JSON array of at most five hashes, kept by the application.
ALTER TABLE users ADD COLUMN previous_password_hashes text;
ALTER TABLE users ADD COLUMN status text DEFAULT 'active';
ALTER TABLE users ADD COLUMN failed_login_attempts integer DEFAULT 0;
ALTER TABLE users ADD COLUMN last_failed_login datetime;
ALTER TABLE users ADD COLUMN account_locked_until datetime;
ALTER TABLE users ADD COLUMN mfa_enabled integer DEFAULT 0;
ALTER TABLE users ADD COLUMN mfa_enabled_at datetime;
