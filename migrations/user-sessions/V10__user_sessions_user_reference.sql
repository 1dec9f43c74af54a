-- A session belongs to a user who exists, and goes when the user goes.
--
-- NOT VALID: new and changed rows are checked from here on, and the existing
-- ones are not read while both tables are locked. V11 reads them. After the
-- indexes, because from here on deleting a user looks for their sessions.
--
-- An adopted table usually refers to users already. A second foreign key would
-- only double the work of every insert, so the existing one is kept, and as
-- ours has a name of its own the rollback cannot take the other for it.

DO $$
DECLARE
    existing record;
BEGIN
    IF EXISTS (
        SELECT FROM pg_constraint
         WHERE conrelid = 'user_sessions'::regclass
           AND conname = 'user_sessions_user_exists'
    ) THEN
        RAISE EXCEPTION 'table user_sessions already has a constraint named user_sessions_user_exists'
            USING ERRCODE = 'duplicate_object',
                  HINT = 'The rollback of this migration would drop it. Rename it (ALTER TABLE user_sessions RENAME CONSTRAINT ...) or drop it, then run this again.';
    END IF;

    -- One that does not cascade sorts first: it would win over any that does.
    SELECT c.conname, c.confdeltype
      INTO existing
      FROM pg_constraint AS c
      JOIN pg_attribute AS referring
        ON referring.attrelid = c.conrelid AND referring.attname = 'user_id'
      JOIN pg_attribute AS referred
        ON referred.attrelid = c.confrelid AND referred.attname = 'id'
     WHERE c.contype = 'f'
       AND c.conrelid = 'user_sessions'::regclass
       AND c.confrelid = 'users'::regclass
       AND c.conkey = ARRAY[referring.attnum]
       AND c.confkey = ARRAY[referred.attnum]
     ORDER BY c.confdeltype = 'c', c.conname
     LIMIT 1;

    IF NOT FOUND THEN
        ALTER TABLE user_sessions
            ADD CONSTRAINT user_sessions_user_exists
            FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
            NOT VALID;
    ELSIF existing.confdeltype <> 'c' THEN
        RAISE EXCEPTION 'foreign key % from user_sessions to users does not say ON DELETE CASCADE', quote_ident(existing.conname)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Deleting a user must delete their sessions. Drop that foreign key, or replace it by one with ON DELETE CASCADE, then run this again.';
    ELSE
        RAISE NOTICE 'foreign key % is kept: it already ties user_sessions to users', quote_ident(existing.conname);
    END IF;
END
$$;
