-- Reads the existing events against the check of V7.
--
-- In a transaction of its own, so that the scan holds only a lock that lets the
-- application read and write. It fails where an event has another severity;
-- this finds such rows:
--     SELECT severity, count(*) FROM security_events
--      WHERE severity NOT IN ('info', 'low', 'warning', 'high', 'critical')
--      GROUP BY severity;

ALTER TABLE security_events VALIDATE CONSTRAINT security_events_known_severity;
