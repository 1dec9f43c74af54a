-- Removes the table that V9 created. An adopted one never gets here.

DROP TABLE audit_logs;
