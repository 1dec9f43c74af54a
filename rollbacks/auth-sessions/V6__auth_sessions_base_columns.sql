-- Removes family_id and revoked_at where V6 added them, which their comments
-- say, else the default of family_id, unless the comment of auth_time says that
-- it was here before.
-- turnback:backup auth_sessions(family_id, revoked_at)

DO $$
DECLARE
    marks text;
BEGIN
    SELECT col_description(a.attrelid, a.attnum)
      INTO marks
      FROM pg_attribute AS a
     WHERE a.attrelid = 'auth_sessions'::regclass
       AND a.attname = 'revoked_at';

    IF marks LIKE '% Added by auth-sessions.' THEN
        ALTER TABLE auth_sessions DROP COLUMN revoked_at;
    END IF;

    SELECT col_description(a.attrelid, a.attnum)
      INTO marks
      FROM pg_attribute AS a
     WHERE a.attrelid = 'auth_sessions'::regclass
       AND a.attname = 'family_id';

    IF marks LIKE '% Added by auth-sessions.' THEN
        ALTER TABLE auth_sessions DROP COLUMN family_id;
        RETURN;
    END IF;

    -- Text: V6 left it to V7.
    IF NOT EXISTS (
        SELECT FROM pg_attribute
         WHERE attrelid = 'auth_sessions'::regclass
           AND attname = 'family_id'
           AND atttypid = 'uuid'::regtype
    ) THEN
        RETURN;
    END IF;

    SELECT col_description(a.attrelid, a.attnum)
      INTO marks
      FROM pg_attribute AS a
     WHERE a.attrelid = 'auth_sessions'::regclass
       AND a.attname = 'auth_time';

    IF coalesce(marks, '') NOT LIKE '% family_id had a default before auth-sessions.%' THEN
        ALTER TABLE auth_sessions ALTER COLUMN family_id DROP DEFAULT;
    END IF;

    COMMENT ON COLUMN auth_sessions.auth_time IS 'When the user last authenticated in full.';
END
$$;
