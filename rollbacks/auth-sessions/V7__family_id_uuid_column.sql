-- Removes the uuid column beside a family_id of type text, and what fills it.

DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_attribute
         WHERE attrelid = 'auth_sessions'::regclass
           AND attname = 'family_id_uuid'
           AND NOT attisdropped
    ) THEN
        DROP TRIGGER auth_sessions_family_id_to_uuid ON auth_sessions;
        DROP FUNCTION auth_sessions_family_id_to_uuid();
    END IF;
END
$$;

ALTER TABLE auth_sessions DROP COLUMN IF EXISTS family_id_uuid;
