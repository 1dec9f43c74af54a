-- Removes the table that V3 created. An adopted one never gets here.
-- No CASCADE: if something else has come to depend on it, this must fail.

DROP TABLE revoked_access_tokens;
