-- Removes the seven indexes of V18, without holding up the application.
-- IF EXISTS lets a run that was cut off be continued.
-- turnback:transaction off

DROP INDEX CONCURRENTLY IF EXISTS idx_auth_sessions_unique_active_jti;
DROP INDEX CONCURRENTLY IF EXISTS idx_auth_sessions_family_active;
DROP INDEX CONCURRENTLY IF EXISTS idx_auth_sessions_auth_time;
DROP INDEX CONCURRENTLY IF EXISTS idx_auth_sessions_last_ip_cidr;
DROP INDEX CONCURRENTLY IF EXISTS idx_auth_sessions_device_hash;
DROP INDEX CONCURRENTLY IF EXISTS idx_auth_sessions_reused_jti_of;
DROP INDEX CONCURRENTLY IF EXISTS idx_auth_sessions_current_jti;
