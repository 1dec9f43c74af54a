-- Searching the audit log by time, person, kind, request and outcome.
--
-- Apart from the table, so that an adopted table receives them too.

-- An index of the same name that was here before is refused; V6 says why and how.
SELECT json_extract('{}', 'index names of this set are taken by other indexes: '
                          || group_concat(name, ', ') || '. Drop them and run this again.')
  FROM sqlite_schema
 WHERE type = 'index'
   AND lower(name) IN (
           'idx_audit_logs_severity',
           'idx_audit_logs_outcome',
           'idx_audit_logs_event_category',
           'idx_audit_logs_event_type',
           'idx_audit_logs_timestamp',
           'idx_audit_logs_user_id',
           'idx_audit_logs_session_id',
           'idx_audit_logs_correlation_id'
       )
   AND sql NOT LIKE '%/* lucia-sessions */%'
 GROUP BY type;

-- The one that tells most comes last, for the planner; V6 says why.
CREATE INDEX IF NOT EXISTS idx_audit_logs_severity ON audit_logs (severity /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_audit_logs_outcome ON audit_logs (outcome /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_audit_logs_event_category ON audit_logs (event_category /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_audit_logs_event_type ON audit_logs (event_type /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_audit_logs_timestamp ON audit_logs (timestamp /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_audit_logs_user_id ON audit_logs (user_id /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_audit_logs_session_id ON audit_logs (session_id /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_audit_logs_correlation_id ON audit_logs (correlation_id /* lucia-sessions */);
