-- The indexes that signing in, listing devices and cleaning up read.
--
-- An adopted table can hold millions of rows, so they are built CONCURRENTLY,
-- which cannot run in a transaction. IF NOT EXISTS lets a run that was cut off
-- be continued, and leaves alone what V4 found fit.
-- turnback:transaction off

-- All tokens of a user, revoked ones included.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_refresh_tokens_user_id
    ON refresh_tokens (user_id);

-- The uniqueness of token has an index already; applications and their
-- monitoring know this one by its name.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_refresh_tokens_token
    ON refresh_tokens (token);

-- What cleaning up deletes, by either time.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_refresh_tokens_expires_at
    ON refresh_tokens (expires_at);

CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_refresh_tokens_revoked_at
    ON refresh_tokens (revoked_at);

-- A user's live tokens; revoked rows, most of an old table, stay out of it.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_refresh_tokens_active_sessions
    ON refresh_tokens (user_id, expires_at, revoked_at)
    WHERE revoked_at IS NULL;
