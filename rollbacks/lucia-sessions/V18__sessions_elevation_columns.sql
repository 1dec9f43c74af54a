-- Removes the columns of V18 and their index: the index first, as SQLite drops
-- no column that one uses, then the last column first, so that the stored text
-- of the table becomes what it was.

DROP INDEX idx_sessions_elevated;

ALTER TABLE sessions DROP COLUMN assumed_until;
ALTER TABLE sessions DROP COLUMN assumed_at;
ALTER TABLE sessions DROP COLUMN assumed_role;
ALTER TABLE sessions DROP COLUMN elevated_until;
