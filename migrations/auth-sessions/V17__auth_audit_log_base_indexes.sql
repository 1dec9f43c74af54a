-- The indexes of the audit log, where it lacks them.
--
-- Built and told apart from adopted ones in the same way as those of V11.
-- turnback:transaction off

DO $$
DECLARE
    misfits text;
    present text[];
BEGIN
    -- An interrupted run has written down already what it found.
    IF to_regclass('auth_audit_log_indexes_found') IS NOT NULL THEN
        RETURN;
    END IF;

    SELECT string_agg(wanted.name, ', ' ORDER BY wanted.name) FILTER (WHERE i.indexrelid IS NULL),
           coalesce(array_agg(wanted.name ORDER BY wanted.name), '{}')
      INTO misfits, present
      FROM (VALUES ('idx_auth_audit_log_user_id', 'user_id'),
                   ('idx_auth_audit_log_action', 'action'),
                   ('idx_auth_audit_log_created_at', 'created_at')) AS wanted(name, col)
      JOIN pg_attribute AS a
        ON a.attrelid = 'auth_audit_log'::regclass AND a.attname = wanted.col
      LEFT JOIN pg_index AS i
        ON i.indexrelid = to_regclass(wanted.name)
       AND i.indrelid = a.attrelid
       AND i.indkey[0] = a.attnum
       AND i.indisvalid
     WHERE to_regclass(wanted.name) IS NOT NULL;

    IF misfits IS NOT NULL THEN
        RAISE EXCEPTION 'these names belong to something else than a valid index of auth_audit_log on that column: %', misfits
            USING ERRCODE = 'duplicate_table',
                  HINT = 'Rename it, or drop it if it is an index that a failed build left invalid. Then run this again.';
    END IF;

    EXECUTE format('CREATE VIEW auth_audit_log_indexes_found AS SELECT %L::text[] AS names', present);
END
$$;

-- What happened to a user, and the foreign key to users.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_auth_audit_log_user_id
    ON auth_audit_log (user_id);

-- Every replay, every cleanup.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_auth_audit_log_action
    ON auth_audit_log (action);

-- What happened in a span of time.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_auth_audit_log_created_at
    ON auth_audit_log (created_at);

DO $$
DECLARE
    built text;
BEGIN
    FOR built IN
        SELECT wanted.name
          FROM unnest(ARRAY[
                   'idx_auth_audit_log_user_id',
                   'idx_auth_audit_log_action',
                   'idx_auth_audit_log_created_at'
               ]) AS wanted(name)
         WHERE wanted.name <> ALL ((SELECT f.names FROM auth_audit_log_indexes_found AS f)::text[])
    LOOP
        IF NOT (SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(built)) THEN
            RAISE EXCEPTION 'index % is invalid: an earlier build of it failed', built
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = 'DROP INDEX CONCURRENTLY it, then run this again.';
        END IF;

        EXECUTE format('COMMENT ON INDEX %I IS %L', built, 'Built by auth-sessions.');
    END LOOP;

    DROP VIEW auth_audit_log_indexes_found;
END
$$;
