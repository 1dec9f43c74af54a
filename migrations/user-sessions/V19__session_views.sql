-- What an operator looks at: no hashes.

CREATE VIEW active_user_sessions AS
SELECT s.user_id,
       s.id,
       s.device_info,
       s.ip_address,
       s.user_agent,
       s.metadata,
       s.created_at,
       s.last_activity_at,
       s.expires_at
  FROM user_sessions AS s
 WHERE s.is_active
   AND s.revoked_at IS NULL
   AND s.expires_at > localtimestamp;

COMMENT ON VIEW active_user_sessions IS 'Live sessions, without the hashes of their tokens.';
COMMENT ON COLUMN active_user_sessions.user_id IS 'User the session belongs to.';
COMMENT ON COLUMN active_user_sessions.id IS 'Key of the session.';
COMMENT ON COLUMN active_user_sessions.device_info IS 'What is known of the device.';
COMMENT ON COLUMN active_user_sessions.ip_address IS 'Address the session began from.';
COMMENT ON COLUMN active_user_sessions.user_agent IS 'User-Agent header sent when the session began.';
COMMENT ON COLUMN active_user_sessions.metadata IS 'What else the application keeps with the session.';
COMMENT ON COLUMN active_user_sessions.created_at IS 'When the user signed in.';
COMMENT ON COLUMN active_user_sessions.last_activity_at IS 'When the session was last used.';
COMMENT ON COLUMN active_user_sessions.expires_at IS 'When the session ends by itself.';

-- Applications write the type under one of three names. ->> gives null for what
-- is no object, so garbage counts as unknown.
CREATE VIEW user_session_devices AS
SELECT d.user_id,
       d.device_type,
       count(*) AS sessions,
       count(*) FILTER (WHERE d.is_live) AS active_sessions,
       max(d.last_activity_at) AS last_activity_at
  FROM (SELECT s.user_id,
               coalesce(nullif(s.device_info ->> 'device_type', ''),
                        nullif(s.device_info ->> 'deviceType', ''),
                        nullif(s.device_info ->> 'type', ''),
                        'unknown') AS device_type,
               s.is_active AND s.revoked_at IS NULL AND s.expires_at > localtimestamp AS is_live,
               coalesce(s.last_activity_at, s.created_at) AS last_activity_at
          FROM user_sessions AS s) AS d
 GROUP BY d.user_id, d.device_type;

COMMENT ON VIEW user_session_devices IS 'For each user and type of device: sessions, ended ones included, and last activity.';
COMMENT ON COLUMN user_session_devices.user_id IS 'User the sessions belong to.';
COMMENT ON COLUMN user_session_devices.device_type IS 'Type of the device, from device_info: device_type, deviceType or type; else unknown.';
COMMENT ON COLUMN user_session_devices.sessions IS 'How many sessions there are, live or ended.';
COMMENT ON COLUMN user_session_devices.active_sessions IS 'How many of them are live.';
COMMENT ON COLUMN user_session_devices.last_activity_at IS 'When one of them was last used.';

-- Where the server can, the views read as the one who asks, so that they show
-- nobody what the table would not. Before version 15 they read as their owner:
-- grant SELECT on them with care there.
DO $$
BEGIN
    IF current_setting('server_version_num')::integer >= 150000 THEN
        EXECUTE 'ALTER VIEW active_user_sessions SET (security_invoker = true)';
        EXECUTE 'ALTER VIEW user_session_devices SET (security_invoker = true)';
    END IF;
END
$$;
