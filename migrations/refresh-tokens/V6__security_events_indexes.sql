-- Searching security events by person, kind, gravity, time, token and content.
--
-- An adopted table can hold millions of rows, so they are built CONCURRENTLY,
-- which cannot run in a transaction. IF NOT EXISTS lets a run that was cut off
-- be continued, and leaves alone what V4 found fit.
-- turnback:transaction off

CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_security_events_user_id
    ON security_events (user_id);

CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_security_events_event_type
    ON security_events (event_type);

CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_security_events_severity
    ON security_events (severity);

CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_security_events_created_at
    ON security_events (created_at);

CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_security_events_token_id
    ON security_events (token_id);

-- The latest events of a user, and the latest of a severity.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_security_events_user_created
    ON security_events (user_id, created_at DESC);

CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_security_events_severity_created
    ON security_events (severity, created_at DESC);

-- One day, or some, of security_event_summary, without reading the whole log.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_security_events_day
    ON security_events ((created_at::date));

-- metadata @> '{"key": "value"}', metadata ? 'key'
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_security_events_metadata
    ON security_events USING gin (metadata);
