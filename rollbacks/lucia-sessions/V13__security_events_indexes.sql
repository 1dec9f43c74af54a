-- Removes the indexes of V13.

DROP INDEX idx_security_events_correlation_id;
DROP INDEX idx_security_events_user_id;
DROP INDEX idx_security_events_timestamp;
DROP INDEX idx_security_events_resolved;
DROP INDEX idx_security_events_event_type;
DROP INDEX idx_security_events_severity;
