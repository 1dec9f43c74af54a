-- What looked like an attack, and what was done about it.
--
-- No foreign key to users: the record outlives the user, and an event can name
-- one who never existed.
-- turnback:adopt-if table security_events(id, timestamp, event_type, severity, user_id, correlation_id, resolved)

CREATE TABLE IF NOT EXISTS security_events (
    id                 text NOT NULL PRIMARY KEY,
    timestamp          datetime DEFAULT current_timestamp,
    event_type         text NOT NULL,
    severity           text DEFAULT 'warning',
    user_id            text,
    ip_address         text,
    user_agent         text,
    session_id         text,
    correlation_id     text,
    details            text,
    auto_remediated    integer DEFAULT 0,
    remediation_action text,
    resolved           integer DEFAULT 0,
    resolved_by        text,
    resolved_at        datetime,
    resolution_notes   text
);
