-- Removes the indexes of V15.

DROP INDEX idx_mfa_backup_codes_user_id;
DROP INDEX idx_mfa_backup_codes_used;
