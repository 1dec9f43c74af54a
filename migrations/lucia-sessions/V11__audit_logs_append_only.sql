-- An audit row never changes once it is written. Deleting stays possible:
-- retention removes rows that are old enough.

CREATE TRIGGER IF NOT EXISTS audit_logs_append_only
BEFORE UPDATE ON audit_logs
BEGIN
    SELECT raise(ABORT, 'audit_logs is append-only: a row cannot be changed after it is written');
END;
