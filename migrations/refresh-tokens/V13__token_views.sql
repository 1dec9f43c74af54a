-- What an operator and a user's list of devices look at.

CREATE VIEW active_refresh_tokens AS
SELECT t.user_id,
       t.id,
       t.device_name,
       t.device_fingerprint,
       t.ip_address,
       t.user_agent,
       t.created_at,
       t.last_used_at,
       t.expires_at
  FROM refresh_tokens AS t
 WHERE t.revoked_at IS NULL
   AND t.expires_at > localtimestamp;

COMMENT ON VIEW active_refresh_tokens IS 'Live tokens of each user, with device and last use, without the token itself.';
COMMENT ON COLUMN active_refresh_tokens.user_id IS 'User the token belongs to.';
COMMENT ON COLUMN active_refresh_tokens.id IS 'Key of the token.';
COMMENT ON COLUMN active_refresh_tokens.device_name IS 'Name of the device.';
COMMENT ON COLUMN active_refresh_tokens.device_fingerprint IS 'Fingerprint of the device the token is bound to.';
COMMENT ON COLUMN active_refresh_tokens.ip_address IS 'Address the token was requested from.';
COMMENT ON COLUMN active_refresh_tokens.user_agent IS 'User-Agent header the token was requested with.';
COMMENT ON COLUMN active_refresh_tokens.created_at IS 'When the token was handed out.';
COMMENT ON COLUMN active_refresh_tokens.last_used_at IS 'When the token was last used.';
COMMENT ON COLUMN active_refresh_tokens.expires_at IS 'When the token ends by itself.';

CREATE VIEW security_event_summary AS
SELECT e.created_at::date AS day,
       e.event_type,
       e.severity,
       count(*) AS event_count,
       count(DISTINCT e.user_id) AS distinct_users,
       max(e.created_at) AS last_seen
  FROM security_events AS e
 GROUP BY e.created_at::date, e.event_type, e.severity;

COMMENT ON VIEW security_event_summary IS 'Security events by day, type and severity. Ask for some days, a type or a severity: all of it reads the whole log.';
COMMENT ON COLUMN security_event_summary.day IS 'Day of the events, in the TimeZone they were written in.';
COMMENT ON COLUMN security_event_summary.event_type IS 'What happened.';
COMMENT ON COLUMN security_event_summary.severity IS 'How bad it is.';
COMMENT ON COLUMN security_event_summary.event_count IS 'How often it happened that day.';
COMMENT ON COLUMN security_event_summary.distinct_users IS 'To how many users; events without a user are not counted here.';
COMMENT ON COLUMN security_event_summary.last_seen IS 'When it last happened that day.';

-- Where the server can, the views read as the one who asks, so that they show
-- nobody what the tables would not. Before version 15 they read as their owner:
-- grant SELECT on them with care there.
DO $$
BEGIN
    IF current_setting('server_version_num')::integer >= 150000 THEN
        EXECUTE 'ALTER VIEW active_refresh_tokens SET (security_invoker = true)';
        EXECUTE 'ALTER VIEW security_event_summary SET (security_invoker = true)';
    END IF;
END
$$;
