-- Makes the foreign key of V4 NOT VALID again. PostgreSQL has no command for
-- that, so it is replaced, in one statement: no row goes unchecked in between.

DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_constraint
         WHERE conrelid = 'sessions'::regclass
           AND conname = 'sessions_user_exists'
    ) THEN
        ALTER TABLE sessions
            DROP CONSTRAINT sessions_user_exists,
            ADD CONSTRAINT sessions_user_exists
                FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
                NOT VALID;
    END IF;
END
$$;
