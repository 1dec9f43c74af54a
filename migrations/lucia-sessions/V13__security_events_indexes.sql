-- Searching security events, and finding those still open.
--
-- Apart from the table, so that an adopted table receives them too.

-- An index of the same name that was here before is refused; V6 says why and how.
SELECT json_extract('{}', 'index names of this set are taken by other indexes: '
                          || group_concat(name, ', ') || '. Drop them and run this again.')
  FROM sqlite_schema
 WHERE type = 'index'
   AND lower(name) IN (
           'idx_security_events_severity',
           'idx_security_events_event_type',
           'idx_security_events_resolved',
           'idx_security_events_timestamp',
           'idx_security_events_user_id',
           'idx_security_events_correlation_id'
       )
   AND sql NOT LIKE '%/* lucia-sessions */%'
 GROUP BY type;

-- The one that tells most comes last, for the planner; V6 says why.
CREATE INDEX IF NOT EXISTS idx_security_events_severity ON security_events (severity /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_security_events_event_type ON security_events (event_type /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_security_events_resolved ON security_events (resolved /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_security_events_timestamp ON security_events (timestamp /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_security_events_user_id ON security_events (user_id /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_security_events_correlation_id ON security_events (correlation_id /* lucia-sessions */);
