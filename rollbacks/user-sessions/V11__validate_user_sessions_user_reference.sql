-- Makes the foreign key of V10 NOT VALID again. PostgreSQL has no command for
-- that, so it is replaced, in one statement: no row goes unchecked in between.

DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_constraint
         WHERE conrelid = 'user_sessions'::regclass
           AND conname = 'user_sessions_user_exists'
    ) THEN
        ALTER TABLE user_sessions
            DROP CONSTRAINT user_sessions_user_exists,
            ADD CONSTRAINT user_sessions_user_exists
                FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
                NOT VALID;
    END IF;
END
$$;
