-- Reads the existing sessions against the foreign key of V4.
--
-- In a transaction of its own, so that the scan holds only locks that let the
-- application read and write. It fails where a session has no user; this finds
-- such rows:
--     SELECT * FROM sessions AS s
--      WHERE NOT EXISTS (SELECT FROM users AS u WHERE u.id = s.user_id);

DO $$
BEGIN
    -- Not there where V4 kept the foreign key that sessions had.
    IF EXISTS (
        SELECT FROM pg_constraint
         WHERE conrelid = 'sessions'::regclass
           AND conname = 'sessions_user_exists'
    ) THEN
        ALTER TABLE sessions VALIDATE CONSTRAINT sessions_user_exists;
    END IF;
END
$$;
