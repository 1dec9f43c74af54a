-- Removes the users table that V1 created. An adopted one never gets here.

DROP TABLE users;
