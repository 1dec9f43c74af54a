-- What signing in with a password needs to know about a user.
--
-- Constant defaults only: SQLite then adds a column without touching a row.
-- It has no IF NOT EXISTS for columns; one that users has already stops the run.

ALTER TABLE users ADD COLUMN password_hash text;
ALTER TABLE users ADD COLUMN password_changed_at datetime;
-- A JSON array of at most five hashes, kept by the application.
ALTER TABLE users ADD COLUMN previous_password_hashes text;
ALTER TABLE users ADD COLUMN status text DEFAULT 'active';
ALTER TABLE users ADD COLUMN failed_login_attempts integer DEFAULT 0;
ALTER TABLE users ADD COLUMN last_failed_login datetime;
ALTER TABLE users ADD COLUMN account_locked_until datetime;
ALTER TABLE users ADD COLUMN mfa_enabled integer DEFAULT 0;
ALTER TABLE users ADD COLUMN mfa_enabled_at datetime;

-- The tables that follow refer to users by its email. SQLite accepts such tables
-- whatever users is like, and then refuses every row of theirs if email is not
-- unique; so an adopted users of that kind is refused here, while that is easily
-- mended. V6 says why an error looks like this.
SELECT json_extract('{}', 'users has no primary key and no unique index on email alone, which sessions need to refer to it. '
                          || 'Create a unique index on ' || name || ' (email) and run this again.')
  FROM sqlite_schema
 WHERE type = 'table'
   AND lower(name) = 'users'
   AND NOT EXISTS (
           SELECT 1
             FROM pragma_index_list('users') AS i
            WHERE i."unique"
              AND NOT i.partial
              AND (SELECT group_concat(lower(coalesce(name, ''))) FROM pragma_index_info(i.name)) = 'email'
       );
