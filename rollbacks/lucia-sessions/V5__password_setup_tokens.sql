-- Removes the table that V5 created. An adopted one never gets here.

DROP TABLE password_setup_tokens;
