-- Removes the foreign key that V10 added. IF EXISTS, because V10 adds none where
-- an adopted table had its own; that one has another name and stays.

ALTER TABLE user_sessions DROP CONSTRAINT IF EXISTS user_sessions_user_exists;
