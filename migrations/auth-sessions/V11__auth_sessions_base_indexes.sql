-- The indexes of the base, where it lacks them.
--
-- An adopted table can hold millions of rows, so they are built CONCURRENTLY,
-- which cannot run in a transaction. One that is there already is adopted: IF
-- NOT EXISTS passes over it, and the rollback must know it from those built
-- here. So what is found is written down first, in a view that lasts only as
-- long as this script, and those that were built then say so in their comment.
-- turnback:transaction off

DO $$
DECLARE
    misfits text;
    present text[];
BEGIN
    -- An interrupted run has written down already what it found.
    IF to_regclass('auth_sessions_indexes_found') IS NOT NULL THEN
        RETURN;
    END IF;

    SELECT string_agg(wanted.name, ', ' ORDER BY wanted.name) FILTER (WHERE i.indexrelid IS NULL),
           coalesce(array_agg(wanted.name ORDER BY wanted.name), '{}')
      INTO misfits, present
      FROM (VALUES ('idx_auth_sessions_user_id', 'user_id'),
                   ('idx_auth_sessions_family_id', 'family_id'),
                   ('idx_auth_sessions_expires_at', 'expires_at'),
                   ('idx_auth_sessions_revoked_at', 'revoked_at')) AS wanted(name, col)
      JOIN pg_attribute AS a
        ON a.attrelid = 'auth_sessions'::regclass AND a.attname = wanted.col
      LEFT JOIN pg_index AS i
        ON i.indexrelid = to_regclass(wanted.name)
       AND i.indrelid = a.attrelid
       AND i.indkey[0] = a.attnum
       AND i.indisvalid
     WHERE to_regclass(wanted.name) IS NOT NULL;

    IF misfits IS NOT NULL THEN
        RAISE EXCEPTION 'these names belong to something else than a valid index of auth_sessions on that column: %', misfits
            USING ERRCODE = 'duplicate_table',
                  HINT = 'Rename it, or drop it if it is an index that a failed build left invalid. Then run this again.';
    END IF;

    EXECUTE format('CREATE VIEW auth_sessions_indexes_found AS SELECT %L::text[] AS names', present);
END
$$;

-- The sessions of a user, and the cascade from users.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_auth_sessions_user_id
    ON auth_sessions (user_id);

-- All of a family, ended sessions included: where a replay is looked for.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_auth_sessions_family_id
    ON auth_sessions (family_id);

-- What the cleanup deletes.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_auth_sessions_expires_at
    ON auth_sessions (expires_at);

-- What ended when.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_auth_sessions_revoked_at
    ON auth_sessions (revoked_at);

DO $$
DECLARE
    built text;
BEGIN
    FOR built IN
        SELECT wanted.name
          FROM unnest(ARRAY[
                   'idx_auth_sessions_user_id',
                   'idx_auth_sessions_family_id',
                   'idx_auth_sessions_expires_at',
                   'idx_auth_sessions_revoked_at'
               ]) AS wanted(name)
         WHERE wanted.name <> ALL ((SELECT f.names FROM auth_sessions_indexes_found AS f)::text[])
    LOOP
        IF NOT (SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(built)) THEN
            RAISE EXCEPTION 'index % is invalid: an earlier build of it failed', built
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = 'DROP INDEX CONCURRENTLY it, then run this again.';
        END IF;

        EXECUTE format('COMMENT ON INDEX %I IS %L', built, 'Built by auth-sessions.');
    END LOOP;

    DROP VIEW auth_sessions_indexes_found;
END
$$;
