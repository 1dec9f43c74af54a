-- Where family_id was text: gives the text column its name back.
--
-- The trigger of V10 has kept the text in step, so that nothing is converted and
-- the table is locked only for the exchange of names. The check is NOT VALID
-- again, as V9 left it.

DO $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_attribute
         WHERE attrelid = 'auth_sessions'::regclass
           AND attname = 'family_id_text'
           AND NOT attisdropped
    ) THEN
        RETURN;
    END IF;

    DROP TRIGGER auth_sessions_family_id_to_text ON auth_sessions;
    DROP FUNCTION auth_sessions_family_id_to_text();

    ALTER TABLE auth_sessions RENAME COLUMN family_id TO family_id_uuid;
    ALTER TABLE auth_sessions RENAME COLUMN family_id_text TO family_id;

    IF to_regclass('idx_auth_sessions_family_id_text') IS NOT NULL THEN
        ALTER INDEX idx_auth_sessions_family_id_text RENAME TO idx_auth_sessions_family_id;
    END IF;

    ALTER TABLE auth_sessions
        ADD CONSTRAINT auth_sessions_family_id_matches
        CHECK (
            family_id_uuid IS NOT NULL
            AND (family_id IS NULL OR family_id::uuid = family_id_uuid)
        )
        NOT VALID;

    CREATE FUNCTION auth_sessions_family_id_to_uuid()
    RETURNS trigger
    LANGUAGE plpgsql
    AS $body$
    BEGIN
        IF NEW.family_id IS NOT NULL THEN
            NEW.family_id_uuid := NEW.family_id::uuid;
        ELSIF TG_OP = 'INSERT' THEN
            NEW.family_id_uuid := gen_random_uuid();
        ELSIF OLD.family_id IS NOT NULL OR NEW.family_id_uuid IS NULL THEN
            NEW.family_id_uuid := gen_random_uuid();
        END IF;

        RETURN NEW;
    END
    $body$;

    COMMENT ON FUNCTION auth_sessions_family_id_to_uuid() IS
        'Keeps the uuid form of family_id in step with the text, while auth_sessions has both.';

    EXECUTE format(
        'ALTER FUNCTION auth_sessions_family_id_to_uuid() SET search_path = %I, pg_temp',
        current_schema()
    );

    REVOKE EXECUTE ON FUNCTION auth_sessions_family_id_to_uuid() FROM PUBLIC;

    CREATE TRIGGER auth_sessions_family_id_to_uuid
        BEFORE INSERT OR UPDATE OF family_id ON auth_sessions
        FOR EACH ROW
        EXECUTE FUNCTION auth_sessions_family_id_to_uuid();
END
$$;
