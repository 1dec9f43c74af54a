-- Makes the check of V7 NOT VALID again. PostgreSQL has no command for that, so
-- it is replaced, in one statement: no row goes unchecked in between.

ALTER TABLE security_events
    DROP CONSTRAINT security_events_known_severity,
    ADD CONSTRAINT security_events_known_severity
        CHECK (severity IN ('info', 'low', 'warning', 'high', 'critical')) NOT VALID;
