-- Removes the users table that V1 created. An adopted one never gets here.
-- No CASCADE: if something else has come to refer to users, this must fail.

-- turnback:allow ban-drop-table -- undoes the CREATE TABLE of V1, and only that
DROP TABLE users;
