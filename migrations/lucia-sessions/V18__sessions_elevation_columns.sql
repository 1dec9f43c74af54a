-- Privileged roles that a session takes on for a limited time. All times are
-- Unix milliseconds.
--
-- SQLite has no IF NOT EXISTS for columns; one that sessions has already stops
-- the run.

ALTER TABLE sessions ADD COLUMN elevated_until integer;
ALTER TABLE sessions ADD COLUMN assumed_role text;
ALTER TABLE sessions ADD COLUMN assumed_at integer;
ALTER TABLE sessions ADD COLUMN assumed_until integer;

-- An index of the same name that was here before is refused; V6 says why and how.
SELECT json_extract('{}', 'index names of this set are taken by other indexes: '
                          || group_concat(name, ', ') || '. Drop them and run this again.')
  FROM sqlite_schema
 WHERE type = 'index'
   AND lower(name) = 'idx_sessions_elevated'
   AND sql NOT LIKE '%/* lucia-sessions */%'
 GROUP BY type;

-- Few sessions are elevated; the index holds only those that were.
CREATE INDEX IF NOT EXISTS idx_sessions_elevated
    ON sessions (elevated_until /* lucia-sessions */)
    WHERE elevated_until IS NOT NULL;
