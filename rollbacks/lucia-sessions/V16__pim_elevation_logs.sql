-- Removes the table that V16 created. An adopted one never gets here.

DROP TABLE pim_elevation_logs;
