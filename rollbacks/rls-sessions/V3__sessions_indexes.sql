-- Removes the five indexes of V3, without holding up the application.
-- IF EXISTS lets a run that was cut off be continued.
-- turnback:transaction off

DROP INDEX CONCURRENTLY IF EXISTS idx_sessions_last_used;
DROP INDEX CONCURRENTLY IF EXISTS idx_sessions_ip_address;
DROP INDEX CONCURRENTLY IF EXISTS idx_sessions_expires_at;
DROP INDEX CONCURRENTLY IF EXISTS idx_sessions_active;
DROP INDEX CONCURRENTLY IF EXISTS idx_sessions_user_id;
