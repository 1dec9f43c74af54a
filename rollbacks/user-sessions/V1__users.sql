-- Removes the users table that V1 created. An adopted one never gets here.
-- No CASCADE: if something else has come to refer to users, this must fail.

DROP TABLE users;
