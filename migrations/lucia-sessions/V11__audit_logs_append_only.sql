-- An audit row never changes once it is written. Deleting stays possible:
-- retention removes rows that are old enough.

-- A trigger of the same name that was here before is refused; V6 says why and how.
SELECT json_extract('{}', 'the trigger name of this set is taken by another trigger: '
                          || name || '. Drop it and run this again.')
  FROM sqlite_schema
 WHERE type = 'trigger'
   AND lower(name) = 'audit_logs_append_only'
   AND sql NOT LIKE '%/* lucia-sessions */%';

CREATE TRIGGER IF NOT EXISTS audit_logs_append_only
BEFORE UPDATE ON audit_logs
BEGIN /* lucia-sessions */
    SELECT raise(ABORT, 'audit_logs is append-only: a row cannot be changed after it is written');
END;
