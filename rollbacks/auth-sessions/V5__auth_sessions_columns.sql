-- Removes the columns of V5, and with them what was written into them.
-- turnback:backup auth_sessions(current_jti, reused_jti_of, device_hash, last_ip_cidr, auth_time)

-- turnback:allow ban-drop-column -- undoes the ADD COLUMN of V5, and only that
ALTER TABLE auth_sessions
    DROP COLUMN auth_time,
    DROP COLUMN last_ip_cidr,
    DROP COLUMN device_hash,
    DROP COLUMN reused_jti_of,
    DROP COLUMN current_jti;
