-- The codes of a user, and those not used yet.
--
-- Apart from the table, so that an adopted table receives them too.

-- An index of the same name that was here before is refused; V6 says why and how.
SELECT json_extract('{}', 'index names of this set are taken by other indexes: '
                          || group_concat(name, ', ') || '. Drop them and run this again.')
  FROM sqlite_schema
 WHERE type = 'index'
   AND lower(name) IN (
           'idx_mfa_backup_codes_used',
           'idx_mfa_backup_codes_user_id'
       )
   AND sql NOT LIKE '%/* lucia-sessions */%'
 GROUP BY type;

-- The one that tells most comes last, for the planner; V6 says why.
CREATE INDEX IF NOT EXISTS idx_mfa_backup_codes_used ON mfa_backup_codes (used /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_mfa_backup_codes_user_id ON mfa_backup_codes (user_id /* lucia-sessions */);
