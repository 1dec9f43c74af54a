-- The indexes that signing in, listing devices and cleaning up read.
--
-- An adopted table can hold millions of rows, so they are built CONCURRENTLY,
-- which cannot run in a transaction. IF NOT EXISTS lets a run that was cut off
-- be continued.
-- turnback:transaction off

-- IF NOT EXISTS would also accept an index that was here before, on any table
-- and of any shape, and the rollback would then drop it. So it is refused.
DO $$
DECLARE
    taken text;
BEGIN
    SELECT string_agg(wanted.name, ', ' ORDER BY wanted.name)
      INTO taken
      FROM unnest(ARRAY[
               'idx_sessions_user_id',
               'idx_sessions_active',
               'idx_sessions_expires_at',
               'idx_sessions_ip_address',
               'idx_sessions_last_used'
           ]) AS wanted(name)
     WHERE EXISTS (
               SELECT
                 FROM pg_class AS present
                 JOIN pg_class AS sessions ON sessions.relnamespace = present.relnamespace
                WHERE sessions.oid = 'sessions'::regclass
                  AND present.relname = wanted.name
           );

    IF taken IS NOT NULL THEN
        RAISE EXCEPTION 'the index names of this migration are already taken: %', taken
            USING ERRCODE = 'duplicate_table',
                  HINT = 'Rename or drop what has these names. If an interrupted run of this migration left them, run its rollback first.';
    END IF;
END
$$;

-- All sessions of a user, revoked ones included, and the cascade from users.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_sessions_user_id
    ON sessions (user_id);

-- The rest answer questions about sessions that can still be used; revoked
-- rows, most of an old table, stay out of them.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_sessions_active
    ON sessions (user_id, is_revoked)
    WHERE is_revoked = false;

CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_sessions_expires_at
    ON sessions (expires_at)
    WHERE is_revoked = false;

CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_sessions_ip_address
    ON sessions (ip_address)
    WHERE is_revoked = false;

CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_sessions_last_used
    ON sessions (last_used_at)
    WHERE is_revoked = false;
