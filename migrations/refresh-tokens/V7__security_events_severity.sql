-- Five severities, so that an alarm on "high or worse" misses nothing.
--
-- NOT VALID: new and changed rows are checked from here on, and the existing
-- ones are not read while the table is locked. V8 reads them.

DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_constraint
         WHERE conrelid = 'security_events'::regclass
           AND conname = 'security_events_known_severity'
    ) THEN
        RAISE EXCEPTION 'table security_events already has a constraint named security_events_known_severity'
            USING ERRCODE = 'duplicate_object',
                  HINT = 'The rollback of this migration would drop it. Rename it (ALTER TABLE security_events RENAME CONSTRAINT ...) or drop it, then run this again.';
    END IF;
END
$$;

ALTER TABLE security_events
    ADD CONSTRAINT security_events_known_severity
        CHECK (severity IN ('info', 'low', 'warning', 'high', 'critical')) NOT VALID;
