-- What happened to tokens and sign-ins that somebody may have to look into.
--
-- No foreign keys: the record of an event outlives the token and the user, and
-- a failed sign-in can name a user who never existed. Event types are not
-- restricted, since their list grows; severities are, by V7.
-- turnback:adopt-if table security_events(id uuid, event_type, severity, user_id, token_id uuid, ip_address, user_agent, metadata jsonb, created_at timestamp)

CREATE TABLE security_events (
    id         uuid         PRIMARY KEY DEFAULT gen_random_uuid(),
    event_type varchar(100) NOT NULL,
    severity   varchar(20)  NOT NULL DEFAULT 'info',
    user_id    varchar(255),
    token_id   uuid,
    ip_address varchar(45),
    user_agent text,
    metadata   jsonb,
    created_at timestamp    DEFAULT now()
);

COMMENT ON TABLE security_events IS 'Security events, one row each. Rows refer to users and tokens that may be gone. All times are local to the TimeZone that every session here must share.';
COMMENT ON COLUMN security_events.id IS 'Key of the event.';
COMMENT ON COLUMN security_events.event_type IS 'What happened: device_fingerprint_mismatch, failed_login, suspicious_token_usage, rate_limit_exceeded, token_revoked, multiple_device_login, session_hijack_attempt, or another.';
COMMENT ON COLUMN security_events.severity IS 'How bad it is: info, low, warning, high or critical.';
COMMENT ON COLUMN security_events.user_id IS 'User it happened to, where one is known or claimed.';
COMMENT ON COLUMN security_events.token_id IS 'Key of the refresh token concerned, which may be deleted by now.';
COMMENT ON COLUMN security_events.ip_address IS 'Address it came from, as reported.';
COMMENT ON COLUMN security_events.user_agent IS 'User-Agent header it came with.';
COMMENT ON COLUMN security_events.metadata IS 'What else is worth knowing; depends on the type.';
COMMENT ON COLUMN security_events.created_at IS 'When it happened.';
