-- Who is signed in, from where, and how long ago they proved who they are.
--
-- A left join: a session whose user is gone is one an operator must see.

CREATE VIEW active_sessions AS
SELECT s.id,
       s.user_id,
       s.family_id,
       s.current_jti,
       s.device_hash,
       s.last_ip_cidr,
       s.user_agent,
       s.auth_time,
       s.created_at,
       s.last_used,
       s.expires_at,
       u.email AS user_email,
       u.name AS user_name,
       CASE
           WHEN s.auth_time > now() - interval '5 minutes' THEN 'fresh'
           WHEN s.auth_time > now() - interval '1 hour' THEN 'recent'
           ELSE 'stale'
       END AS auth_freshness
  FROM auth_sessions AS s
  LEFT JOIN users AS u ON u.id = s.user_id
 WHERE s.revoked_at IS NULL
   AND s.expires_at > now();

COMMENT ON VIEW active_sessions IS 'Sessions that are neither ended nor expired, with their users.';
COMMENT ON COLUMN active_sessions.auth_freshness IS
    'Time since auth_time: fresh under 5 minutes, recent under an hour, else stale.';

-- The view must not show more than its reader may read: not the users' data, and
-- not the sessions that a policy hides. Before 15 a view cannot be told so; it
-- reads as its owner there, so grant it with care.
DO $$
BEGIN
    IF current_setting('server_version_num')::integer >= 150000 THEN
        ALTER VIEW active_sessions SET (security_invoker = true);
    END IF;
END
$$;
