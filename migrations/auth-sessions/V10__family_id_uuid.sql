-- Where family_id is text: the uuid column takes its name.
--
-- First the rows are read against the check of V9, under a lock that lets the
-- application read and write. What follows locks the table, but only changes the
-- catalog. If it has to wait for that lock, the rows are read again.
--
-- The text stays, as family_id_text, and a trigger keeps it in step: whatever
-- refers to it (a foreign key, a view, a policy) goes on working, and the
-- rollback gives back every value as it was written, by exchanging the names
-- again. An index idx_auth_sessions_family_id goes with the text; V11 builds the
-- one on the uuid. Until then a lookup by family reads the table.

DO $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_attribute
         WHERE attrelid = 'auth_sessions'::regclass
           AND attname = 'family_id_uuid'
           AND NOT attisdropped
    ) THEN
        RETURN;
    END IF;

    ALTER TABLE auth_sessions VALIDATE CONSTRAINT auth_sessions_family_id_matches;

    ALTER TABLE auth_sessions DROP CONSTRAINT auth_sessions_family_id_matches;
    DROP TRIGGER auth_sessions_family_id_to_uuid ON auth_sessions;
    DROP FUNCTION auth_sessions_family_id_to_uuid();

    ALTER TABLE auth_sessions RENAME COLUMN family_id TO family_id_text;
    ALTER TABLE auth_sessions RENAME COLUMN family_id_uuid TO family_id;

    IF EXISTS (
        SELECT FROM pg_index
         WHERE indexrelid = to_regclass('idx_auth_sessions_family_id')
           AND indrelid = 'auth_sessions'::regclass
    ) THEN
        ALTER INDEX idx_auth_sessions_family_id RENAME TO idx_auth_sessions_family_id_text;
    END IF;

    -- A value that is written as it was keeps its spelling.
    CREATE FUNCTION auth_sessions_family_id_to_text()
    RETURNS trigger
    LANGUAGE plpgsql
    AS $body$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            NEW.family_id_text := NEW.family_id::text;
        ELSIF NEW.family_id IS DISTINCT FROM OLD.family_id THEN
            NEW.family_id_text := NEW.family_id::text;
        END IF;

        RETURN NEW;
    END
    $body$;

    COMMENT ON FUNCTION auth_sessions_family_id_to_text() IS
        'Keeps the text form of family_id in step with the uuid, so that the way back to text is a rename.';

    EXECUTE format(
        'ALTER FUNCTION auth_sessions_family_id_to_text() SET search_path = %I, pg_temp',
        current_schema()
    );

    REVOKE EXECUTE ON FUNCTION auth_sessions_family_id_to_text() FROM PUBLIC;

    CREATE TRIGGER auth_sessions_family_id_to_text
        BEFORE INSERT OR UPDATE OF family_id ON auth_sessions
        FOR EACH ROW
        EXECUTE FUNCTION auth_sessions_family_id_to_text();
END
$$;
