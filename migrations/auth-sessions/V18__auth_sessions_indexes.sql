-- The indexes that looking up tokens, devices, networks and families reads.
--
-- Built CONCURRENTLY, which cannot run in a transaction. IF NOT EXISTS lets a
-- run that was cut off be continued.
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
               'idx_auth_sessions_current_jti',
               'idx_auth_sessions_reused_jti_of',
               'idx_auth_sessions_device_hash',
               'idx_auth_sessions_last_ip_cidr',
               'idx_auth_sessions_auth_time',
               'idx_auth_sessions_family_active',
               'idx_auth_sessions_unique_active_jti'
           ]) AS wanted(name)
     WHERE to_regclass(wanted.name) IS NOT NULL;

    IF taken IS NOT NULL THEN
        RAISE EXCEPTION 'the index names of this migration are already taken: %', taken
            USING ERRCODE = 'duplicate_table',
                  HINT = 'Rename or drop what has these names. If an interrupted run of this migration left them, run its rollback first.';
    END IF;
END
$$;

-- The session a JWT was issued to.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_auth_sessions_current_jti
    ON auth_sessions (current_jti)
    WHERE current_jti IS NOT NULL;

-- Sessions on which a replay was seen: few, so the index is small.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_auth_sessions_reused_jti_of
    ON auth_sessions (reused_jti_of)
    WHERE reused_jti_of IS NOT NULL;

CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_auth_sessions_device_hash
    ON auth_sessions (device_hash)
    WHERE device_hash IS NOT NULL;

CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_auth_sessions_last_ip_cidr
    ON auth_sessions (last_ip_cidr)
    WHERE last_ip_cidr IS NOT NULL;

CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_auth_sessions_auth_time
    ON auth_sessions (auth_time);

-- The sessions of a family that were not ended: what revoking it reads.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_auth_sessions_family_active
    ON auth_sessions (family_id, revoked_at)
    WHERE revoked_at IS NULL;

-- A JWT belongs to one session of a family at a time.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS idx_auth_sessions_unique_active_jti
    ON auth_sessions (family_id, current_jti)
    WHERE revoked_at IS NULL AND current_jti IS NOT NULL;
