-- Removes the table that V7 created. An adopted one never gets here.

DROP TABLE sessions;
