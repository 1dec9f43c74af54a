-- The codes of a user, and those not used yet.
--
-- Apart from the table, so that an adopted table receives them too.

CREATE INDEX IF NOT EXISTS idx_mfa_backup_codes_user_id ON mfa_backup_codes (user_id);
CREATE INDEX IF NOT EXISTS idx_mfa_backup_codes_used ON mfa_backup_codes (used);
