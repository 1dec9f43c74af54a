-- Each sign-in with the sessions that descend from it.

CREATE VIEW session_families AS
SELECT s.family_id,
       s.user_id,
       count(*) AS total_sessions,
       count(*) FILTER (WHERE s.revoked_at IS NULL AND s.expires_at > now()) AS active_sessions,
       count(*) FILTER (WHERE s.revoked_at IS NOT NULL) AS revoked_sessions,
       min(s.created_at) AS family_created_at,
       max(s.last_used) AS family_last_used,
       max(s.auth_time) AS latest_auth_time
  FROM auth_sessions AS s
 GROUP BY s.family_id, s.user_id;

COMMENT ON VIEW session_families IS
    'Families of sessions, by user. More than one row for a family means that an application put sessions of different users into it.';
COMMENT ON COLUMN session_families.active_sessions IS 'Neither ended nor expired.';
COMMENT ON COLUMN session_families.revoked_sessions IS 'Ended, by rotation or otherwise.';

-- The view must not show more than its reader may read. Before 15 a view cannot
-- be told so; it reads as its owner there, so grant it with care.
DO $$
BEGIN
    IF current_setting('server_version_num')::integer >= 150000 THEN
        ALTER VIEW session_families SET (security_invoker = true);
    END IF;
END
$$;
