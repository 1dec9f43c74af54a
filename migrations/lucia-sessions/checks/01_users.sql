-- What users promise once the authentication columns are there.

INSERT INTO users (email) VALUES ('turnback-check-ann');

-- turnback:check A new user is active, has no password and no failed login, and needs no second factor.
SELECT 'status' AS what, 'active' AS expected, status AS actual FROM users WHERE email = 'turnback-check-ann'
UNION ALL
SELECT 'failed_login_attempts', 0, failed_login_attempts FROM users WHERE email = 'turnback-check-ann'
UNION ALL
SELECT 'mfa_enabled', 0, mfa_enabled FROM users WHERE email = 'turnback-check-ann'
UNION ALL
SELECT 'password_hash', NULL, password_hash FROM users WHERE email = 'turnback-check-ann'
UNION ALL
SELECT 'password_changed_at', NULL, password_changed_at FROM users WHERE email = 'turnback-check-ann'
UNION ALL
SELECT 'previous_password_hashes', NULL, previous_password_hashes FROM users WHERE email = 'turnback-check-ann'
UNION ALL
SELECT 'last_failed_login', NULL, last_failed_login FROM users WHERE email = 'turnback-check-ann'
UNION ALL
SELECT 'account_locked_until', NULL, account_locked_until FROM users WHERE email = 'turnback-check-ann'
UNION ALL
SELECT 'mfa_enabled_at', NULL, mfa_enabled_at FROM users WHERE email = 'turnback-check-ann';

-- turnback:check In the table this set makes, a new user is a member, and when they came is known.
-- turnback:skip-unless (SELECT count(*) FROM pragma_table_info('users') WHERE name IN ('role', 'created') AND dflt_value IS NOT NULL) = 2
SELECT 'role' AS what, 'member' AS expected, role AS actual FROM users WHERE email = 'turnback-check-ann'
UNION ALL
SELECT 'created is now, as YYYY-MM-DD HH:MM:SS in UTC', 1,
       created = datetime(created) AND abs(julianday('now') - julianday(created)) * 86400 < 60
  FROM users WHERE email = 'turnback-check-ann';
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
UPDATE users SET role = NULL WHERE email = 'turnback-check-ann';

-- turnback:check An address belongs to one user.
-- Through OR IGNORE, since what a duplicate is called depends on how an adopted
-- table keeps it out.
INSERT OR IGNORE INTO users (email) VALUES ('turnback-check-ann');
SELECT 'users of this address' AS what, 1 AS expected, count(*) AS actual
  FROM users WHERE email = 'turnback-check-ann';

-- turnback:check The columns hold what the application writes in them.
UPDATE users
   SET password_hash = '$argon2id$v=19$turnback-check',
       password_changed_at = current_timestamp,
       previous_password_hashes = '["a", "b", "c", "d", "e"]',
       status = 'locked',
       failed_login_attempts = failed_login_attempts + 1,
       last_failed_login = current_timestamp,
       account_locked_until = datetime('now', '+15 minutes'),
       mfa_enabled = 1,
       mfa_enabled_at = current_timestamp
 WHERE email = 'turnback-check-ann';
SELECT 'failed_login_attempts is a number' AS what, '1 integer' AS expected,
       failed_login_attempts || ' ' || typeof(failed_login_attempts) AS actual
  FROM users WHERE email = 'turnback-check-ann'
UNION ALL
SELECT 'mfa_enabled is a number', '1 integer', mfa_enabled || ' ' || typeof(mfa_enabled)
  FROM users WHERE email = 'turnback-check-ann'
UNION ALL
SELECT 'previous_password_hashes is an array of five', 5, json_array_length(previous_password_hashes)
  FROM users WHERE email = 'turnback-check-ann'
UNION ALL
SELECT 'the account is locked now', 1, account_locked_until > current_timestamp
  FROM users WHERE email = 'turnback-check-ann';
