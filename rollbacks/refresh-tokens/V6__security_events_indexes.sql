-- Removes the indexes of V6, without holding up the application.
--
-- Those that V4 kept, which their comments name, were here before and must
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
         WHERE i.indrelid = 'security_events'::regclass
           AND c.relname NOT LIKE '%\_kept'
           AND obj_description(c.oid, 'pg_class') LIKE '%Kept by refresh-tokens V4.'
    LOOP
        EXECUTE format('ALTER INDEX %I RENAME TO %I', kept, kept || '_kept');
    END LOOP;
END
$$;

DROP INDEX CONCURRENTLY IF EXISTS idx_security_events_metadata;
DROP INDEX CONCURRENTLY IF EXISTS idx_security_events_day;
DROP INDEX CONCURRENTLY IF EXISTS idx_security_events_severity_created;
DROP INDEX CONCURRENTLY IF EXISTS idx_security_events_user_created;
DROP INDEX CONCURRENTLY IF EXISTS idx_security_events_token_id;
DROP INDEX CONCURRENTLY IF EXISTS idx_security_events_created_at;
DROP INDEX CONCURRENTLY IF EXISTS idx_security_events_severity;
DROP INDEX CONCURRENTLY IF EXISTS idx_security_events_event_type;
DROP INDEX CONCURRENTLY IF EXISTS idx_security_events_user_id;

DO $$
DECLARE
    kept name;
BEGIN
    FOR kept IN
        SELECT c.relname
          FROM pg_index AS i
          JOIN pg_class AS c ON c.oid = i.indexrelid
         WHERE i.indrelid = 'security_events'::regclass
           AND c.relname LIKE '%\_kept'
           AND obj_description(c.oid, 'pg_class') LIKE '%Kept by refresh-tokens V4.'
    LOOP
        EXECUTE format('ALTER INDEX %I RENAME TO %I', kept, left(kept, -length('_kept')));
    END LOOP;
END
$$;
