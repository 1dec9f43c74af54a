-- The indexes that requests, lists of devices and cleaning up read.
--
-- An adopted table can hold millions of rows, so they are built CONCURRENTLY,
-- which cannot run in a transaction. IF NOT EXISTS lets a run that was cut off
-- be continued, and leaves alone what V8 found fit.
-- turnback:transaction off

-- All sessions of a user, ended ones included, and the cascade from users.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_user_sessions_user_id
    ON user_sessions (user_id);

-- Which session a token belongs to.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_user_sessions_access_token
    ON user_sessions (access_token_hash);

CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_user_sessions_refresh_token
    ON user_sessions (refresh_token_hash);

-- What cleaning up looks for.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_user_sessions_expires_at
    ON user_sessions (expires_at);

-- The sessions a user can still use.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_user_sessions_active
    ON user_sessions (user_id, is_active);

-- Sessions nobody has used for long.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_user_sessions_last_activity
    ON user_sessions (last_activity_at);
