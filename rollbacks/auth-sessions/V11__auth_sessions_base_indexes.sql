-- Removes the indexes that V11 built, which their comments say, without holding
-- up the application. Adopted ones stay: the built ones are renamed first, as
-- DROP INDEX CONCURRENTLY takes no condition. IF EXISTS lets a run that was cut
-- off be continued.
-- turnback:transaction off

DO $$
DECLARE
    built text;
BEGIN
    -- Where V11 was interrupted, its view still says what was there before.
    IF to_regclass('auth_sessions_indexes_found') IS NULL THEN
        EXECUTE 'CREATE VIEW auth_sessions_indexes_found AS SELECT NULL::text[] AS names';
    END IF;

    FOR built IN
        SELECT c.relname
          FROM unnest(ARRAY[
                   'idx_auth_sessions_user_id',
                   'idx_auth_sessions_family_id',
                   'idx_auth_sessions_expires_at',
                   'idx_auth_sessions_revoked_at'
               ]) AS wanted(name)
          JOIN pg_class AS c ON c.oid = to_regclass(wanted.name)
         CROSS JOIN auth_sessions_indexes_found AS f
         WHERE CASE
                   WHEN f.names IS NULL THEN obj_description(c.oid, 'pg_class') = 'Built by auth-sessions.'
                   ELSE wanted.name <> ALL (f.names)
               END
    LOOP
        EXECUTE format('ALTER INDEX %I RENAME TO %I', built, built || '_dropped');
    END LOOP;

    DROP VIEW auth_sessions_indexes_found;
END
$$;

DROP INDEX CONCURRENTLY IF EXISTS idx_auth_sessions_revoked_at_dropped;
DROP INDEX CONCURRENTLY IF EXISTS idx_auth_sessions_expires_at_dropped;
DROP INDEX CONCURRENTLY IF EXISTS idx_auth_sessions_family_id_dropped;
DROP INDEX CONCURRENTLY IF EXISTS idx_auth_sessions_user_id_dropped;
