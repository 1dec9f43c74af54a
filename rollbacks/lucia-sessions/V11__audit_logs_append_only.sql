-- Lets audit rows be changed again.

DROP TRIGGER audit_logs_append_only;
