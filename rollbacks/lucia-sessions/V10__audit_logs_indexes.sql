-- Removes the indexes of V10.

DROP INDEX idx_audit_logs_correlation_id;
DROP INDEX idx_audit_logs_session_id;
DROP INDEX idx_audit_logs_user_id;
DROP INDEX idx_audit_logs_timestamp;
DROP INDEX idx_audit_logs_event_type;
DROP INDEX idx_audit_logs_event_category;
DROP INDEX idx_audit_logs_outcome;
DROP INDEX idx_audit_logs_severity;
