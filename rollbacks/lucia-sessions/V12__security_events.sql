-- Removes the table that V12 created. An adopted one never gets here.

DROP TABLE security_events;
