-- turnback:check Every index is there, on its table and column.
WITH wanted (name, place) AS (
    VALUES
        ('idx_password_reset_tokens_user_id', 'password_reset_tokens (user_id)'),
        ('idx_password_reset_tokens_token_hash', 'password_reset_tokens (token_hash)'),
        ('idx_password_reset_tokens_expires_at', 'password_reset_tokens (expires_at)'),
        ('idx_password_reset_tokens_used', 'password_reset_tokens (used)'),
        ('idx_password_setup_tokens_user_id', 'password_setup_tokens (user_id)'),
        ('idx_password_setup_tokens_token_hash', 'password_setup_tokens (token_hash)'),
        ('idx_password_setup_tokens_expires_at', 'password_setup_tokens (expires_at)'),
        ('idx_password_setup_tokens_used', 'password_setup_tokens (used)'),
        ('idx_sessions_user_id', 'sessions (user_id)'),
        ('idx_sessions_expires_at', 'sessions (expires_at)'),
        ('idx_sessions_is_active', 'sessions (is_active)'),
        ('idx_sessions_created_at', 'sessions (created_at)'),
        ('idx_sessions_last_activity', 'sessions (last_activity)'),
        ('idx_audit_logs_timestamp', 'audit_logs (timestamp)'),
        ('idx_audit_logs_user_id', 'audit_logs (user_id)'),
        ('idx_audit_logs_event_type', 'audit_logs (event_type)'),
        ('idx_audit_logs_event_category', 'audit_logs (event_category)'),
        ('idx_audit_logs_severity', 'audit_logs (severity)'),
        ('idx_audit_logs_correlation_id', 'audit_logs (correlation_id)'),
        ('idx_audit_logs_session_id', 'audit_logs (session_id)'),
        ('idx_audit_logs_outcome', 'audit_logs (outcome)'),
        ('idx_security_events_timestamp', 'security_events (timestamp)'),
        ('idx_security_events_user_id', 'security_events (user_id)'),
        ('idx_security_events_event_type', 'security_events (event_type)'),
        ('idx_security_events_severity', 'security_events (severity)'),
        ('idx_security_events_resolved', 'security_events (resolved)'),
        ('idx_security_events_correlation_id', 'security_events (correlation_id)'),
        ('idx_mfa_backup_codes_user_id', 'mfa_backup_codes (user_id)'),
        ('idx_mfa_backup_codes_used', 'mfa_backup_codes (used)'),
        ('idx_pim_elevation_email', 'pim_elevation_logs (email)'),
        ('idx_pim_elevation_at', 'pim_elevation_logs (elevated_at)'),
        ('idx_sessions_elevated', 'sessions (elevated_until)')
)
SELECT wanted.name AS what,
       wanted.place AS expected,
       (SELECT i.tbl_name || ' (' || (SELECT group_concat(c.name, ', ') FROM pragma_index_info(i.name) AS c) || ')'
          FROM sqlite_schema AS i
         WHERE i.type = 'index' AND i.name = wanted.name) AS actual
  FROM wanted;
