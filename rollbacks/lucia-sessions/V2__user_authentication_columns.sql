-- Removes the columns of V2, the last one first: SQLite edits the stored text
-- of the table, and in this order that text becomes what it was.

ALTER TABLE users DROP COLUMN mfa_enabled_at;
ALTER TABLE users DROP COLUMN mfa_enabled;
ALTER TABLE users DROP COLUMN account_locked_until;
ALTER TABLE users DROP COLUMN last_failed_login;
ALTER TABLE users DROP COLUMN failed_login_attempts;
ALTER TABLE users DROP COLUMN status;
ALTER TABLE users DROP COLUMN previous_password_hashes;
ALTER TABLE users DROP COLUMN password_changed_at;
ALTER TABLE users DROP COLUMN password_hash;
