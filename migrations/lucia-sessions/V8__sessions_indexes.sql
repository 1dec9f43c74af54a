-- A user's sessions, those still active, and those to clean up.
--
-- Apart from the table, so that an adopted table receives them too.

-- An index of the same name that was here before is refused; V6 says why and how.
SELECT json_extract('{}', 'index names of this set are taken by other indexes: '
                          || group_concat(name, ', ') || '. Drop them and run this again.')
  FROM sqlite_schema
 WHERE type = 'index'
   AND lower(name) IN (
           'idx_sessions_is_active',
           'idx_sessions_created_at',
           'idx_sessions_last_activity',
           'idx_sessions_expires_at',
           'idx_sessions_user_id'
       )
   AND sql NOT LIKE '%/* lucia-sessions */%'
 GROUP BY type;

-- The one that tells most comes last, for the planner; V6 says why.
CREATE INDEX IF NOT EXISTS idx_sessions_is_active ON sessions (is_active /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_sessions_created_at ON sessions (created_at /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_sessions_last_activity ON sessions (last_activity /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_sessions_expires_at ON sessions (expires_at /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_sessions_user_id ON sessions (user_id /* lucia-sessions */);
