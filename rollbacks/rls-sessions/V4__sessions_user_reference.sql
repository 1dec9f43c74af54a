-- Removes the foreign key that V4 added. IF EXISTS, because V4 adds none where
-- sessions had one already; that one has another name and stays.

ALTER TABLE sessions DROP CONSTRAINT IF EXISTS sessions_user_exists;
