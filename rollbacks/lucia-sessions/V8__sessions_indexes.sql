-- Removes the indexes of V8.

DROP INDEX idx_sessions_user_id;
DROP INDEX idx_sessions_expires_at;
DROP INDEX idx_sessions_last_activity;
DROP INDEX idx_sessions_created_at;
DROP INDEX idx_sessions_is_active;
