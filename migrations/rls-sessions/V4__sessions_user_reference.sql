-- A session belongs to a user who exists, and goes when the user goes.
--
-- For an adopted table that does not refer to users. The table of V2 does, and
-- so do most others; a second foreign key would only double the work of every
-- insert, so the one that is there is kept. Ours has a name that PostgreSQL
-- never chooses by itself: the rollback cannot take the other for it.
--
-- NOT VALID: new and changed rows are checked from here on, and the existing
-- ones are not read while both tables are locked. V5 reads them.

DO $$
DECLARE
    existing record;
BEGIN
    IF EXISTS (
        SELECT FROM pg_constraint
         WHERE conrelid = 'sessions'::regclass
           AND conname = 'sessions_user_exists'
    ) THEN
        RAISE EXCEPTION 'table sessions already has a constraint named sessions_user_exists'
            USING ERRCODE = 'duplicate_object',
                  HINT = 'The rollback of this migration would drop it. Rename it (ALTER TABLE sessions RENAME CONSTRAINT ...) or drop it, then run this again.';
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
       AND c.conrelid = 'sessions'::regclass
       AND c.confrelid = 'users'::regclass
       AND c.conkey = ARRAY[referring.attnum]
       AND c.confkey = ARRAY[referred.attnum]
     ORDER BY c.confdeltype = 'c', c.conname
     LIMIT 1;

    IF NOT FOUND THEN
        ALTER TABLE sessions
            ADD CONSTRAINT sessions_user_exists
            FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
            NOT VALID;
    ELSIF existing.confdeltype <> 'c' THEN
        RAISE EXCEPTION 'foreign key % from sessions to users does not say ON DELETE CASCADE', quote_ident(existing.conname)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Deleting a user must delete their sessions. Drop that foreign key, or replace it by one with ON DELETE CASCADE, then run this again.';
    END IF;
END
$$;
