-- Removes the table that V4 created. An adopted one never gets here.

DROP TABLE password_reset_tokens;
