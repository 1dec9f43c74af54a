-- Makes the columns nullable again and has the checks of V15 in their place, NOT
-- VALID as they were. A family_id that was NOT NULL before V6 stays so.

ALTER TABLE auth_sessions
    ADD CONSTRAINT auth_sessions_family_id_present
        CHECK (family_id IS NOT NULL) NOT VALID,
    ADD CONSTRAINT auth_sessions_auth_time_present
        CHECK (auth_time IS NOT NULL) NOT VALID;

ALTER TABLE auth_sessions ALTER COLUMN auth_time DROP NOT NULL;

DO $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_attribute AS a
         WHERE a.attrelid = 'auth_sessions'::regclass
           AND a.attname = 'auth_time'
           AND col_description(a.attrelid, a.attnum) LIKE '% family_id was NOT NULL before auth-sessions.%'
    ) THEN
        ALTER TABLE auth_sessions ALTER COLUMN family_id DROP NOT NULL;
    END IF;
END
$$;
