-- Removes the two checks of V15.

ALTER TABLE auth_sessions
    DROP CONSTRAINT auth_sessions_auth_time_present,
    DROP CONSTRAINT auth_sessions_family_id_present;
