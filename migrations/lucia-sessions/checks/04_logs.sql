-- What the audit log, security events and the log of elevations promise.

INSERT INTO users (email) VALUES ('turnback-check-ann');
INSERT INTO audit_logs (id, event_type, event_category, action, user_id)
VALUES ('turnback-check-1', 'login', 'auth', 'turnback-check', 'turnback-check-ann');
INSERT INTO security_events (id, event_type, user_id)
VALUES ('turnback-check-1', 'brute_force', 'turnback-check-ann');
INSERT INTO pim_elevation_logs (email, role, action)
VALUES ('turnback-check-ann', 'admin', 'elevate');

-- turnback:check In the table this set makes, a new audit row says when it was written, and takes a success at level info for granted.
-- turnback:skip-unless (SELECT "notnull" FROM pragma_table_info('audit_logs') WHERE name = 'id')
SELECT 'timestamp is now, as YYYY-MM-DD HH:MM:SS in UTC' AS what, 1 AS expected, timestamp = datetime(timestamp) AND abs(julianday('now') - julianday(timestamp)) * 86400 < 60 AS actual FROM audit_logs WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'severity', 'info', severity FROM audit_logs WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'outcome', 'success', outcome FROM audit_logs WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'target_user_id', NULL, target_user_id FROM audit_logs WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'ip_address', NULL, ip_address FROM audit_logs WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'user_agent', NULL, user_agent FROM audit_logs WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'session_id', NULL, session_id FROM audit_logs WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'correlation_id', NULL, correlation_id FROM audit_logs WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'details', NULL, details FROM audit_logs WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'resource_type', NULL, resource_type FROM audit_logs WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'resource_id', NULL, resource_id FROM audit_logs WHERE id = 'turnback-check-1';

-- turnback:check In the table this set makes, an audit row has an id of its own, a type, a category and an action.
-- turnback:skip-unless (SELECT "notnull" FROM pragma_table_info('audit_logs') WHERE name = 'id')
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
INSERT INTO audit_logs (id, event_type, event_category, action) VALUES (NULL, 'login', 'auth', 'turnback-check');
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
INSERT INTO audit_logs (id, event_category, action) VALUES ('turnback-check-2', 'auth', 'turnback-check');
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
INSERT INTO audit_logs (id, event_type, action) VALUES ('turnback-check-2', 'login', 'turnback-check');
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
INSERT INTO audit_logs (id, event_type, event_category) VALUES ('turnback-check-2', 'login', 'auth');
-- turnback:expect-error SQLITE_CONSTRAINT_PRIMARYKEY
INSERT INTO audit_logs (id, event_type, event_category, action) VALUES ('turnback-check-1', 'login', 'auth', 'turnback-check');

-- turnback:check An audit row never changes, however the change is asked for.
-- turnback:expect-error SQLITE_CONSTRAINT_TRIGGER
UPDATE audit_logs SET outcome = 'failure' WHERE id = 'turnback-check-1';
-- turnback:expect-error SQLITE_CONSTRAINT_TRIGGER
UPDATE audit_logs SET outcome = outcome WHERE id = 'turnback-check-1';
-- turnback:expect-error SQLITE_CONSTRAINT_TRIGGER
UPDATE OR IGNORE audit_logs SET outcome = 'failure' WHERE id = 'turnback-check-1';
-- turnback:expect-error SQLITE_CONSTRAINT_TRIGGER
UPDATE OR REPLACE audit_logs SET outcome = 'failure' WHERE id = 'turnback-check-1';
-- turnback:expect-error SQLITE_CONSTRAINT_TRIGGER
INSERT INTO audit_logs (id, event_type, event_category, action)
VALUES ('turnback-check-1', 'login', 'auth', 'turnback-check')
    ON CONFLICT (id) DO UPDATE SET outcome = 'failure';
SELECT 'it stands as it was written' AS what, 'turnback-check-ann' AS expected, user_id AS actual
  FROM audit_logs WHERE id = 'turnback-check-1' AND outcome IS NOT 'failure';

-- turnback:check An audit row can be deleted when it is old enough.
DELETE FROM audit_logs WHERE id = 'turnback-check-1'
RETURNING 'deleted' AS what, 'turnback-check-1' AS expected, id AS actual;

-- turnback:check A new security event is a warning that nobody and nothing has resolved.
SELECT 'timestamp is now, as YYYY-MM-DD HH:MM:SS in UTC' AS what, 1 AS expected, timestamp = datetime(timestamp) AND abs(julianday('now') - julianday(timestamp)) * 86400 < 60 AS actual FROM security_events WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'severity', 'warning', severity FROM security_events WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'auto_remediated', 0, auto_remediated FROM security_events WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'resolved', 0, resolved FROM security_events WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'ip_address', NULL, ip_address FROM security_events WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'user_agent', NULL, user_agent FROM security_events WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'session_id', NULL, session_id FROM security_events WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'correlation_id', NULL, correlation_id FROM security_events WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'details', NULL, details FROM security_events WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'remediation_action', NULL, remediation_action FROM security_events WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'resolved_by', NULL, resolved_by FROM security_events WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'resolved_at', NULL, resolved_at FROM security_events WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'resolution_notes', NULL, resolution_notes FROM security_events WHERE id = 'turnback-check-1';

-- turnback:check In the table this set makes, a security event has an id of its own and a type.
-- turnback:skip-unless (SELECT "notnull" FROM pragma_table_info('security_events') WHERE name = 'id')
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
UPDATE security_events SET id = NULL WHERE id = 'turnback-check-1';
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
UPDATE security_events SET event_type = NULL WHERE id = 'turnback-check-1';
-- turnback:expect-error SQLITE_CONSTRAINT_PRIMARYKEY
INSERT INTO security_events (id, event_type) VALUES ('turnback-check-1', 'brute_force');

-- turnback:check A security event can be resolved.
UPDATE security_events
   SET resolved = 1, resolved_by = 'turnback-check-ann', resolved_at = current_timestamp, resolution_notes = 'known'
 WHERE id = 'turnback-check-1' AND resolved = 0
RETURNING 'resolved' AS what, 1 AS expected, resolved AS actual;

-- turnback:check An elevation says when it began, and is numbered.
SELECT 'elevated_at is now, as YYYY-MM-DD HH:MM:SS in UTC' AS what, 1 AS expected,
       elevated_at = datetime(elevated_at) AND abs(julianday('now') - julianday(elevated_at)) * 86400 < 60 AS actual
  FROM pim_elevation_logs WHERE email = 'turnback-check-ann'
UNION ALL
SELECT 'expires_at', NULL, expires_at FROM pim_elevation_logs WHERE email = 'turnback-check-ann'
UNION ALL
SELECT 'id', 'integer', typeof(id) FROM pim_elevation_logs WHERE email = 'turnback-check-ann';

-- turnback:check An elevation has a person, a role, a time, and is one of two actions.
INSERT INTO pim_elevation_logs (email, role, action) VALUES ('turnback-check-ann', 'admin', 'drop')
RETURNING 'to drop is one' AS what, 'drop' AS expected, action AS actual;
-- turnback:expect-error SQLITE_CONSTRAINT_CHECK
INSERT INTO pim_elevation_logs (email, role, action) VALUES ('turnback-check-ann', 'admin', 'grant');
-- turnback:expect-error SQLITE_CONSTRAINT_CHECK
INSERT INTO pim_elevation_logs (email, role, action) VALUES ('turnback-check-ann', 'admin', 'Elevate');
-- turnback:expect-error SQLITE_CONSTRAINT_CHECK
UPDATE pim_elevation_logs SET action = '' WHERE email = 'turnback-check-ann';
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
UPDATE pim_elevation_logs SET action = NULL WHERE email = 'turnback-check-ann';
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
UPDATE pim_elevation_logs SET email = NULL WHERE email = 'turnback-check-ann';
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
UPDATE pim_elevation_logs SET role = NULL WHERE email = 'turnback-check-ann';
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
UPDATE pim_elevation_logs SET elevated_at = NULL WHERE email = 'turnback-check-ann';

-- turnback:check The number of a deleted elevation is never given again.
INSERT INTO pim_elevation_logs (email, role, action) VALUES ('turnback-check-deleted', 'admin', 'elevate');
DELETE FROM pim_elevation_logs WHERE email = 'turnback-check-deleted';
INSERT INTO pim_elevation_logs (email, role, action) VALUES ('turnback-check-next', 'admin', 'elevate');
SELECT 'two above the first' AS what,
       (SELECT id + 2 FROM pim_elevation_logs WHERE email = 'turnback-check-ann') AS expected,
       (SELECT id FROM pim_elevation_logs WHERE email = 'turnback-check-next') AS actual;

-- turnback:check The record of what a user did outlives the user.
DELETE FROM users WHERE email = 'turnback-check-ann';
SELECT 'audit_logs' AS what, 1 AS expected, count(*) AS actual
  FROM audit_logs WHERE user_id = 'turnback-check-ann'
UNION ALL
SELECT 'security_events', 1, count(*) FROM security_events WHERE user_id = 'turnback-check-ann'
UNION ALL
SELECT 'pim_elevation_logs', 1, count(*) FROM pim_elevation_logs WHERE email = 'turnback-check-ann';
