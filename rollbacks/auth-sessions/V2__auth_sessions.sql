-- Removes the sessions table that V2 created. An adopted one never gets here.
-- No CASCADE: if something else has come to depend on it, this must fail.

-- turnback:allow ban-drop-table -- undoes the CREATE TABLE of V2, and only that
DROP TABLE auth_sessions;
