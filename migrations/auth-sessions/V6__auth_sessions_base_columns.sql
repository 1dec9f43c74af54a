-- Gives an old base the columns family_id and revoked_at where it lacks them,
-- and every session written from here on a family.
--
-- The default is set on a column that is there: added with it, a volatile
-- default would rewrite the table. And it is set before the backfill, so that no
-- row written meanwhile is missed. Where family_id is text, V7 sees to it.
--
-- The rollback must know what was here before. A column that is added says so in
-- its comment; a default or NOT NULL that family_id has already is noted in the
-- comment of auth_time, a column of this set, as an adopted one keeps its own.

DO $$
DECLARE
    family record;
    before text := '';
BEGIN
    SELECT a.atttypid = 'uuid'::regtype AS is_uuid, a.atthasdef AS has_default, a.attnotnull AS is_required
      INTO family
      FROM pg_attribute AS a
     WHERE a.attrelid = 'auth_sessions'::regclass
       AND a.attname = 'family_id'
       AND NOT a.attisdropped;

    IF NOT FOUND THEN
        ALTER TABLE auth_sessions ADD COLUMN family_id uuid;
        ALTER TABLE auth_sessions ALTER COLUMN family_id SET DEFAULT gen_random_uuid();
        COMMENT ON COLUMN auth_sessions.family_id IS
            'Shared by the sessions that descend from one sign-in. Added by auth-sessions.';
    ELSIF family.is_uuid THEN
        IF family.has_default THEN
            before := before || ' family_id had a default before auth-sessions.';
        ELSE
            ALTER TABLE auth_sessions ALTER COLUMN family_id SET DEFAULT gen_random_uuid();
        END IF;
        IF family.is_required THEN
            before := before || ' family_id was NOT NULL before auth-sessions.';
        END IF;
        IF before <> '' THEN
            EXECUTE format(
                'COMMENT ON COLUMN auth_sessions.auth_time IS %L',
                'When the user last authenticated in full.' || before
            );
        END IF;
    END IF;

    IF NOT EXISTS (
        SELECT FROM pg_attribute
         WHERE attrelid = 'auth_sessions'::regclass
           AND attname = 'revoked_at'
           AND NOT attisdropped
    ) THEN
        ALTER TABLE auth_sessions ADD COLUMN revoked_at timestamptz;
        COMMENT ON COLUMN auth_sessions.revoked_at IS
            'When the session was ended, by rotation or otherwise. Null while it was not. Added by auth-sessions.';
    END IF;
END
$$;
