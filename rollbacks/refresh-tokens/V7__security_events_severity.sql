-- Removes the check of V7.

ALTER TABLE security_events DROP CONSTRAINT security_events_known_severity;
