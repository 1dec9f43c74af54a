-- What happened to sessions, and to whom.
--
-- The comments are written here, so that an adopted table keeps its own.
-- turnback:adopt-if table auth_audit_log(user_id varchar(255), action, success boolean, details jsonb, created_at timestamptz)

CREATE TABLE auth_audit_log (
    id         bigserial    PRIMARY KEY,
    user_id    varchar(255) REFERENCES users (id) ON DELETE SET NULL,
    action     varchar(100) NOT NULL,
    ip_address varchar(45),
    success    boolean      NOT NULL DEFAULT false,
    details    jsonb,
    created_at timestamptz  DEFAULT now()
);

COMMENT ON TABLE auth_audit_log IS 'Events of authentication, one row each.';
COMMENT ON COLUMN auth_audit_log.id IS 'Key of the event.';
COMMENT ON COLUMN auth_audit_log.user_id IS 'User it happened to. Null where there is none, or none any more.';
COMMENT ON COLUMN auth_audit_log.action IS 'What happened: session_family_revoked, token_replay_detected, session_cleanup, or an action of the application.';
COMMENT ON COLUMN auth_audit_log.ip_address IS 'Address it came from, where known.';
COMMENT ON COLUMN auth_audit_log.success IS 'Whether it was as it should be; false for what an operator must look at.';
COMMENT ON COLUMN auth_audit_log.details IS 'What else is known, by action.';
COMMENT ON COLUMN auth_audit_log.created_at IS 'When it happened.';
