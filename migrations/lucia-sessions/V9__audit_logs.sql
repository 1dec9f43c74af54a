-- What was done, by whom, with what outcome.
--
-- No foreign key to users: the record of what a user did outlives the user.
-- turnback:adopt-if table audit_logs(id, timestamp, event_type, event_category, severity, user_id, session_id, correlation_id, outcome)

CREATE TABLE IF NOT EXISTS audit_logs (
    id             text NOT NULL PRIMARY KEY,
    timestamp      datetime DEFAULT current_timestamp,
    event_type     text NOT NULL,
    event_category text NOT NULL,
    severity       text DEFAULT 'info',
    user_id        text,
    target_user_id text,
    ip_address     text,
    user_agent     text,
    session_id     text,
    correlation_id text,
    action         text NOT NULL,
    outcome        text DEFAULT 'success',
    details        text, -- JSON
    resource_type  text,
    resource_id    text
);
