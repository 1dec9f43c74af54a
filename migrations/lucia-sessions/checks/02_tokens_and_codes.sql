-- What password tokens and backup codes promise.

INSERT INTO users (email) VALUES ('turnback-check-ann'), ('turnback-check-bob');
INSERT INTO password_reset_tokens (id, user_id, token_hash, expires_at)
VALUES ('turnback-check-1', 'turnback-check-ann', 'turnback-check-hash', datetime('now', '+1 hour')),
       ('turnback-check-2', 'turnback-check-bob', 'turnback-check-hash', datetime('now', '+1 hour'));
INSERT INTO password_setup_tokens (id, user_id, token_hash, expires_at)
VALUES ('turnback-check-1', 'turnback-check-ann', 'turnback-check-hash', datetime('now', '+1 day')),
       ('turnback-check-2', 'turnback-check-bob', 'turnback-check-hash', datetime('now', '+1 day'));
INSERT INTO mfa_backup_codes (id, user_id, code_hash)
VALUES ('turnback-check-1', 'turnback-check-ann', 'turnback-check-hash'),
       ('turnback-check-2', 'turnback-check-bob', 'turnback-check-hash');

-- turnback:check A new password reset token is unused.
SELECT 'used' AS what, 0 AS expected, used AS actual FROM password_reset_tokens WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'used_at', NULL, used_at FROM password_reset_tokens WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'created_at is now, as YYYY-MM-DD HH:MM:SS in UTC', 1, created_at = datetime(created_at) AND abs(julianday('now') - julianday(created_at)) * 86400 < 60 FROM password_reset_tokens WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'ip_address', NULL, ip_address FROM password_reset_tokens WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'user_agent', NULL, user_agent FROM password_reset_tokens WHERE id = 'turnback-check-1';

-- turnback:check In the table this set makes, a password reset token has an id of its own, and all that it cannot be without.
-- turnback:skip-unless (SELECT "notnull" FROM pragma_table_info('password_reset_tokens') WHERE name = 'id')
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
UPDATE password_reset_tokens SET id = NULL WHERE id = 'turnback-check-1';
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
UPDATE password_reset_tokens SET user_id = NULL WHERE id = 'turnback-check-1';
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
UPDATE password_reset_tokens SET token_hash = NULL WHERE id = 'turnback-check-1';
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
UPDATE password_reset_tokens SET expires_at = NULL WHERE id = 'turnback-check-1';
-- turnback:expect-error SQLITE_CONSTRAINT_PRIMARYKEY
INSERT INTO password_reset_tokens (id, user_id, token_hash, expires_at) VALUES ('turnback-check-1', 'turnback-check-bob', 'h', current_timestamp);

-- turnback:check A password reset token is used once, even if two requests bring it.
UPDATE password_reset_tokens SET used = 1, used_at = current_timestamp
 WHERE id = 'turnback-check-1' AND used = 0
RETURNING 'the first finds it unused' AS what, 1 AS expected, used AS actual;
UPDATE password_reset_tokens SET used = 1, used_at = NULL
 WHERE id = 'turnback-check-1' AND used = 0;
SELECT 'the second does not' AS what, 1 AS expected, used_at IS NOT NULL AS actual
  FROM password_reset_tokens WHERE id = 'turnback-check-1';

-- turnback:check A password reset token belongs to a user who exists, and goes when the user goes.
-- turnback:expect-error SQLITE_CONSTRAINT_FOREIGNKEY
INSERT INTO password_reset_tokens (id, user_id, token_hash, expires_at) VALUES ('turnback-check-9', 'turnback-check-nobody', 'h', current_timestamp);
-- turnback:expect-error SQLITE_CONSTRAINT_FOREIGNKEY
UPDATE password_reset_tokens SET user_id = 'turnback-check-nobody' WHERE id = 'turnback-check-1';
DELETE FROM users WHERE email = 'turnback-check-ann';
SELECT 'left' AS what, 'turnback-check-2' AS expected, group_concat(id) AS actual
  FROM password_reset_tokens WHERE id LIKE 'turnback-check-%';

-- turnback:check A new password setup token is unused.
SELECT 'used' AS what, 0 AS expected, used AS actual FROM password_setup_tokens WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'used_at', NULL, used_at FROM password_setup_tokens WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'created_at is now, as YYYY-MM-DD HH:MM:SS in UTC', 1, created_at = datetime(created_at) AND abs(julianday('now') - julianday(created_at)) * 86400 < 60 FROM password_setup_tokens WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'created_by', NULL, created_by FROM password_setup_tokens WHERE id = 'turnback-check-1';

-- turnback:check In the table this set makes, a password setup token has an id of its own, and all that it cannot be without.
-- turnback:skip-unless (SELECT "notnull" FROM pragma_table_info('password_setup_tokens') WHERE name = 'id')
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
UPDATE password_setup_tokens SET id = NULL WHERE id = 'turnback-check-1';
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
UPDATE password_setup_tokens SET user_id = NULL WHERE id = 'turnback-check-1';
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
UPDATE password_setup_tokens SET token_hash = NULL WHERE id = 'turnback-check-1';
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
UPDATE password_setup_tokens SET expires_at = NULL WHERE id = 'turnback-check-1';
-- turnback:expect-error SQLITE_CONSTRAINT_PRIMARYKEY
INSERT INTO password_setup_tokens (id, user_id, token_hash, expires_at) VALUES ('turnback-check-1', 'turnback-check-bob', 'h', current_timestamp);

-- turnback:check A password setup token is used once, even if two requests bring it.
UPDATE password_setup_tokens SET used = 1, used_at = current_timestamp
 WHERE id = 'turnback-check-1' AND used = 0
RETURNING 'the first finds it unused' AS what, 1 AS expected, used AS actual;
UPDATE password_setup_tokens SET used = 1, used_at = NULL
 WHERE id = 'turnback-check-1' AND used = 0;
SELECT 'the second does not' AS what, 1 AS expected, used_at IS NOT NULL AS actual
  FROM password_setup_tokens WHERE id = 'turnback-check-1';

-- turnback:check A password setup token belongs to a user who exists, and goes when the user goes.
-- turnback:expect-error SQLITE_CONSTRAINT_FOREIGNKEY
INSERT INTO password_setup_tokens (id, user_id, token_hash, expires_at) VALUES ('turnback-check-9', 'turnback-check-nobody', 'h', current_timestamp);
-- turnback:expect-error SQLITE_CONSTRAINT_FOREIGNKEY
UPDATE password_setup_tokens SET user_id = 'turnback-check-nobody' WHERE id = 'turnback-check-1';
DELETE FROM users WHERE email = 'turnback-check-ann';
SELECT 'left' AS what, 'turnback-check-2' AS expected, group_concat(id) AS actual
  FROM password_setup_tokens WHERE id LIKE 'turnback-check-%';

-- turnback:check A new backup code is unused.
SELECT 'used' AS what, 0 AS expected, used AS actual FROM mfa_backup_codes WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'used_at', NULL, used_at FROM mfa_backup_codes WHERE id = 'turnback-check-1'
UNION ALL
SELECT 'created_at is now, as YYYY-MM-DD HH:MM:SS in UTC', 1, created_at = datetime(created_at) AND abs(julianday('now') - julianday(created_at)) * 86400 < 60 FROM mfa_backup_codes WHERE id = 'turnback-check-1';

-- turnback:check In the table this set makes, a backup code has an id of its own, and all that it cannot be without.
-- turnback:skip-unless (SELECT "notnull" FROM pragma_table_info('mfa_backup_codes') WHERE name = 'id')
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
UPDATE mfa_backup_codes SET id = NULL WHERE id = 'turnback-check-1';
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
UPDATE mfa_backup_codes SET user_id = NULL WHERE id = 'turnback-check-1';
-- turnback:expect-error SQLITE_CONSTRAINT_NOTNULL
UPDATE mfa_backup_codes SET code_hash = NULL WHERE id = 'turnback-check-1';
-- turnback:expect-error SQLITE_CONSTRAINT_PRIMARYKEY
INSERT INTO mfa_backup_codes (id, user_id, code_hash) VALUES ('turnback-check-1', 'turnback-check-bob', 'h');

-- turnback:check A backup code is used once, even if two requests bring it.
UPDATE mfa_backup_codes SET used = 1, used_at = current_timestamp
 WHERE id = 'turnback-check-1' AND used = 0
RETURNING 'the first finds it unused' AS what, 1 AS expected, used AS actual;
UPDATE mfa_backup_codes SET used = 1, used_at = NULL
 WHERE id = 'turnback-check-1' AND used = 0;
SELECT 'the second does not' AS what, 1 AS expected, used_at IS NOT NULL AS actual
  FROM mfa_backup_codes WHERE id = 'turnback-check-1';

-- turnback:check A backup code belongs to a user who exists, and goes when the user goes.
-- turnback:expect-error SQLITE_CONSTRAINT_FOREIGNKEY
INSERT INTO mfa_backup_codes (id, user_id, code_hash) VALUES ('turnback-check-9', 'turnback-check-nobody', 'h');
-- turnback:expect-error SQLITE_CONSTRAINT_FOREIGNKEY
UPDATE mfa_backup_codes SET user_id = 'turnback-check-nobody' WHERE id = 'turnback-check-1';
DELETE FROM users WHERE email = 'turnback-check-ann';
SELECT 'left' AS what, 'turnback-check-2' AS expected, group_concat(id) AS actual
  FROM mfa_backup_codes WHERE id LIKE 'turnback-check-%';
