-- What sessions promise.

INSERT INTO users (email) VALUES ('turnback-check-ann'), ('turnback-check-bob');
INSERT INTO sessions (id, user_id, expires_at)
VALUES ('turnback-check-1', 'turnback-check-ann', datetime('now', '+1 day')),
       ('turnback-check-2', 'turnback-check-bob', datetime('now', '+1 day'));

-- turnback:check A new session is active, just used, and not elevated.
-- turnback:skip-unless (SELECT count(*) FROM pragma_table_info('sessions') WHERE name IN ('revoked_at', 'revoked_by', 'revoke_reason')) = 3
SELECT 'is_active' AS what, 1 AS expected, is_active AS actual FROM sessions WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'created_at is now, as YYYY-MM-DD HH:MM:SS in UTC', 1, created_at = datetime(created_at) AND abs(julianday('now') - julianday(created_at)) * 86400 < 60 FROM sessions WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'last_activity is now, as YYYY-MM-DD HH:MM:SS in UTC', 1, last_activity = datetime(last_activity) AND abs(julianday('now') - julianday(last_activity)) * 86400 < 60 FROM sessions WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'ip_address', NULL, ip_address FROM sessions WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'user_agent', NULL, user_agent FROM sessions WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'fingerprint', NULL, fingerprint FROM sessions WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'revoked_at', NULL, revoked_at FROM sessions WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'revoked_by', NULL, revoked_by FROM sessions WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'revoke_reason', NULL, revoke_reason FROM sessions WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'elevated_until', NULL, elevated_until FROM sessions WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'assumed_role', NULL, assumed_role FROM sessions WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'assumed_at', NULL, assumed_at FROM sessions WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'assumed_until', NULL, assumed_until FROM sessions WHERE id = 'turnback-check-1';

-- turnback:check In the table this set makes, a session has an id of its own, a user and an end.
-- turnback:skip-unless (SELECT "notnull" FROM pragma_table_info('sessions') WHERE name = 'id')
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
UPDATE sessions SET id = NULL WHERE id = 'turnback-check-1';
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
UPDATE sessions SET user_id = NULL WHERE id = 'turnback-check-1';
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
UPDATE sessions SET expires_at = NULL WHERE id = 'turnback-check-1';
-- turnback:expect-error SQLITE_CONSTRAINT_PRIMARYKEY
INSERT INTO sessions (id, user_id, expires_at) VALUES ('turnback-check-1', 'turnback-check-bob', current_timestamp);

-- turnback:check A session belongs to a user who exists, and goes when the user goes.
-- turnback:expect-error SQLITE_CONSTRAINT_FOREIGNKEY
INSERT INTO sessions (id, user_id, expires_at) VALUES ('turnback-check-9', 'turnback-check-nobody', current_timestamp);
-- turnback:expect-error SQLITE_CONSTRAINT_FOREIGNKEY
UPDATE sessions SET user_id = 'turnback-check-nobody' WHERE id = 'turnback-check-1';
DELETE FROM users WHERE email = 'turnback-check-ann';
SELECT 'left' AS what, 'turnback-check-2' AS expected, group_concat(id) AS actual
  FROM sessions WHERE id LIKE 'turnback-check-%';

-- turnback:check An address that sessions refer to cannot change under them.
-- turnback:expect-error SQLITE_CONSTRAINT_FOREIGNKEY
UPDATE users SET email = 'turnback-check-eve' WHERE email = 'turnback-check-ann';

-- turnback:check Elevation is kept as whole milliseconds, beyond 32 bits, and ends by comparison.
UPDATE sessions
   SET elevated_until = 4102444800000,
       assumed_role = 'admin',
       assumed_at = '1700000000000',
       assumed_until = 1700000000001
 WHERE id = 'turnback-check-1';
SELECT 'elevated_until' AS what, '4102444800000 integer' AS expected,
       elevated_until || ' ' || typeof(elevated_until) AS actual
  FROM sessions WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'assumed_at, written as text', '1700000000000 integer', assumed_at || ' ' || typeof(assumed_at)
  FROM sessions WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'assumed_until', '1700000000001 integer', assumed_until || ' ' || typeof(assumed_until)
  FROM sessions WHERE id = 'turnback-check-1';
SELECT 'elevated now' AS what, 'turnback-check-1' AS expected, group_concat(id) AS actual
  FROM sessions
 WHERE id LIKE 'turnback-check-%'
   AND elevated_until > CAST(strftime('%s', 'now') AS integer) * 1000
UNION ALL
SELECT 'in an assumed role now', NULL, group_concat(id)
  FROM sessions
 WHERE id LIKE 'turnback-check-%'
   AND assumed_until > CAST(strftime('%s', 'now') AS integer) * 1000;

-- turnback:check Signing a user out everywhere leaves everybody else signed in.
-- turnback:skip-unless (SELECT count(*) FROM pragma_table_info('sessions') WHERE name IN ('revoked_at', 'revoked_by', 'revoke_reason')) = 3
UPDATE sessions
   SET is_active = 0, revoked_at = current_timestamp, revoked_by = 'turnback-check-bob', revoke_reason = 'incident'
 WHERE user_id = 'turnback-check-ann' AND is_active = 1;
SELECT 'still active' AS what, 'turnback-check-2' AS expected, group_concat(id) AS actual
  FROM sessions WHERE id LIKE 'turnback-check-%' AND is_active = 1;
