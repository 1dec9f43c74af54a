-- Removes the sessions table that V2 created. An adopted one never gets here.
-- No CASCADE: if something else has come to depend on sessions, this must fail.

DROP TABLE sessions;
