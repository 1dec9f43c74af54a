-- The indexes that lookups rely on.

-- turnback:check every index is there, valid, and of its shape
SELECT wanted.name AS what,
       wanted.shape AS expected,
       CASE WHEN i.indisvalid AND i.indrelid = wanted.tab::regclass THEN
           CASE WHEN i.indisunique THEN 'unique ' ELSE '' END
           || (SELECT string_agg(pg_get_indexdef(i.indexrelid, n, true), ', ' ORDER BY n)
                 FROM generate_series(1, i.indnkeyatts) AS n)
           || coalesce(' where ' || pg_get_expr(i.indpred, i.indrelid, true), '')
       END AS actual
  FROM (VALUES
           ('auth_sessions', 'idx_auth_sessions_current_jti', 'current_jti where current_jti IS NOT NULL'),
           ('auth_sessions', 'idx_auth_sessions_reused_jti_of', 'reused_jti_of where reused_jti_of IS NOT NULL'),
           ('auth_sessions', 'idx_auth_sessions_device_hash', 'device_hash where device_hash IS NOT NULL'),
           ('auth_sessions', 'idx_auth_sessions_last_ip_cidr', 'last_ip_cidr where last_ip_cidr IS NOT NULL'),
           ('auth_sessions', 'idx_auth_sessions_auth_time', 'auth_time'),
           ('auth_sessions', 'idx_auth_sessions_family_active', 'family_id, revoked_at where revoked_at IS NULL'),
           ('auth_sessions', 'idx_auth_sessions_unique_active_jti', 'unique family_id, current_jti where revoked_at IS NULL AND current_jti IS NOT NULL')
       ) AS wanted(tab, name, shape)
  LEFT JOIN pg_index AS i ON i.indexrelid = to_regclass(wanted.name);

-- turnback:check the indexes of the base are there and valid, whoever built them
SELECT wanted.name AS what,
       wanted.col AS expected,
       CASE WHEN i.indisvalid AND i.indrelid = wanted.tab::regclass THEN
           pg_get_indexdef(i.indexrelid, 1, true)
       END AS actual
  FROM (VALUES
           ('auth_sessions', 'idx_auth_sessions_user_id', 'user_id'),
           ('auth_sessions', 'idx_auth_sessions_family_id', 'family_id'),
           ('auth_sessions', 'idx_auth_sessions_expires_at', 'expires_at'),
           ('auth_sessions', 'idx_auth_sessions_revoked_at', 'revoked_at'),
           ('auth_audit_log', 'idx_auth_audit_log_user_id', 'user_id'),
           ('auth_audit_log', 'idx_auth_audit_log_action', 'action'),
           ('auth_audit_log', 'idx_auth_audit_log_created_at', 'created_at')
       ) AS wanted(tab, name, col)
  LEFT JOIN pg_index AS i ON i.indexrelid = to_regclass(wanted.name);
