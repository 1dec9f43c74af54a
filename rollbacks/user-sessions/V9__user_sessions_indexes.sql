-- Removes the indexes of V9, without holding up the application.
--
-- Those that V8 kept, which their comments name, were here before and must
-- stay. A concurrent drop takes no condition, so they step aside under another
-- name for as long as it takes. IF EXISTS lets a run that was cut off be
-- continued.
-- turnback:transaction off

DO $$
DECLARE
    kept name;
BEGIN
    FOR kept IN
        SELECT c.relname
          FROM pg_index AS i
          JOIN pg_class AS c ON c.oid = i.indexrelid
         WHERE i.indrelid = 'user_sessions'::regclass
           AND c.relname NOT LIKE '%\_kept'
           AND obj_description(c.oid, 'pg_class') LIKE '%Kept by user-sessions V8.'
    LOOP
        EXECUTE format('ALTER INDEX %I RENAME TO %I', kept, kept || '_kept');
    END LOOP;
END
$$;

DROP INDEX CONCURRENTLY IF EXISTS idx_user_sessions_last_activity;
DROP INDEX CONCURRENTLY IF EXISTS idx_user_sessions_active;
DROP INDEX CONCURRENTLY IF EXISTS idx_user_sessions_expires_at;
DROP INDEX CONCURRENTLY IF EXISTS idx_user_sessions_refresh_token;
DROP INDEX CONCURRENTLY IF EXISTS idx_user_sessions_access_token;
DROP INDEX CONCURRENTLY IF EXISTS idx_user_sessions_user_id;

DO $$
DECLARE
    kept name;
BEGIN
    FOR kept IN
        SELECT c.relname
          FROM pg_index AS i
          JOIN pg_class AS c ON c.oid = i.indexrelid
         WHERE i.indrelid = 'user_sessions'::regclass
           AND c.relname LIKE '%\_kept'
           AND obj_description(c.oid, 'pg_class') LIKE '%Kept by user-sessions V8.'
    LOOP
        EXECUTE format('ALTER INDEX %I RENAME TO %I', kept, left(kept, -length('_kept')));
    END LOOP;
END
$$;
