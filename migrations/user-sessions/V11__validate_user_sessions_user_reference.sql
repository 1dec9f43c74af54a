-- Reads the existing sessions against the foreign key of V10.
--
-- In a transaction of its own, so that the scan holds only locks that let the
-- application read and write. It fails where a session has no user; this finds
-- such rows:
--     SELECT * FROM user_sessions AS s
--      WHERE NOT EXISTS (SELECT FROM users AS u WHERE u.id = s.user_id);

DO $$
BEGIN
    -- Not there where V10 kept the foreign key of an adopted table.
    IF EXISTS (
        SELECT FROM pg_constraint
         WHERE conrelid = 'user_sessions'::regclass
           AND conname = 'user_sessions_user_exists'
    ) THEN
        ALTER TABLE user_sessions VALIDATE CONSTRAINT user_sessions_user_exists;
    END IF;
END
$$;
