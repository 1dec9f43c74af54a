-- Removes the table that V14 created. An adopted one never gets here.

DROP TABLE mfa_backup_codes;
