-- Removes the table that V2 created. An adopted one never gets here.
-- No CASCADE: if something else has come to depend on it, this must fail.

DROP TABLE user_sessions;
