-- Reads the existing sessions against the checks of V15, then has NOT NULL in
-- their place.
--
-- The rows are read under a lock that lets the application read and write. SET
-- NOT NULL takes the validated checks for proof and reads nothing, so that the
-- lock it needs is short. If it has to wait for it, the rows are read again.
--
-- It fails where a row was written with an explicit null after V13; that
-- migration's UPDATE, with gen_random_uuid() and created_at, mends such rows:
--     SELECT * FROM auth_sessions WHERE family_id IS NULL OR auth_time IS NULL;

ALTER TABLE auth_sessions
    VALIDATE CONSTRAINT auth_sessions_family_id_present,
    VALIDATE CONSTRAINT auth_sessions_auth_time_present;

ALTER TABLE auth_sessions
    ALTER COLUMN family_id SET NOT NULL,
    ALTER COLUMN auth_time SET NOT NULL;

ALTER TABLE auth_sessions
    DROP CONSTRAINT auth_sessions_family_id_present,
    DROP CONSTRAINT auth_sessions_auth_time_present;
