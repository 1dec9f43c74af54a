-- Removes the audit log that V3 created. An adopted one never gets here.
-- No CASCADE: if something else has come to depend on it, this must fail.

-- turnback:allow ban-drop-table -- undoes the CREATE TABLE of V3, and only that
DROP TABLE auth_audit_log;
