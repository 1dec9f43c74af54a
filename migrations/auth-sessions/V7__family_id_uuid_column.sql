-- Where family_id is text: a column of type uuid beside it, and a trigger that
-- fills it whenever family_id is written.
--
-- Changing the type in place would rewrite the table and all its indexes while
-- nobody can read it. Instead, V8 fills the new column for the rows that exist,
-- and V10 exchanges the names. From here on a family_id that is not a uuid is
-- refused, as the column itself will refuse it after V10.

DO $$
DECLARE
    taken      text;
    privileges record;
BEGIN
    IF EXISTS (
        SELECT FROM pg_attribute
         WHERE attrelid = 'auth_sessions'::regclass
           AND attname = 'family_id'
           AND atttypid = 'uuid'::regtype
    ) THEN
        RETURN;
    END IF;

    -- V10 needs the other two names.
    SELECT string_agg(name, ', ')
      INTO taken
      FROM (SELECT attname AS name
              FROM pg_attribute
             WHERE attrelid = 'auth_sessions'::regclass
               AND attname IN ('family_id_uuid', 'family_id_text')
               AND NOT attisdropped
             UNION ALL
            SELECT 'idx_auth_sessions_family_id_text'
             WHERE to_regclass('idx_auth_sessions_family_id_text') IS NOT NULL) AS names;

    IF taken IS NOT NULL THEN
        RAISE EXCEPTION 'names that turning family_id into a uuid needs are already taken: %', taken
            USING ERRCODE = 'duplicate_object',
                  HINT = 'Rename or drop what has these names, then run this again.';
    END IF;

    ALTER TABLE auth_sessions ADD COLUMN family_id_uuid uuid;
    ALTER TABLE auth_sessions ALTER COLUMN family_id_uuid SET DEFAULT gen_random_uuid();

    COMMENT ON COLUMN auth_sessions.family_id_uuid IS
        'Shared by the sessions that descend from one sign-in. Stands beside the text form until it takes its name.';

    -- Who was given the one column and not the table is given the other too.
    FOR privileges IN
        SELECT p.grantee, p.privilege_type, p.is_grantable
          FROM pg_attribute AS a
         CROSS JOIN aclexplode(a.attacl) AS p
         WHERE a.attrelid = 'auth_sessions'::regclass
           AND a.attname = 'family_id'
    LOOP
        EXECUTE format(
            'GRANT %s (family_id_uuid) ON auth_sessions TO %s%s',
            privileges.privilege_type,
            CASE privileges.grantee WHEN 0 THEN 'PUBLIC' ELSE privileges.grantee::regrole::text END,
            CASE WHEN privileges.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
        );
    END LOOP;

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
