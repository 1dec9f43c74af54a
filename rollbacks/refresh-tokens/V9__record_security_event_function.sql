-- Removes the function that writes events. The events stay.

DROP FUNCTION record_security_event(varchar, varchar, varchar, uuid, varchar, text, jsonb);
