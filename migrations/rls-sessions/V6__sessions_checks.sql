-- A session ends after it begins, and is not revoked before it begins.
--
-- NOT VALID: new and changed rows are checked from here on, and the existing
-- ones are not read while the table is locked. V7 reads them.

DO $$
DECLARE
    taken text;
BEGIN
    SELECT string_agg(conname, ', ' ORDER BY conname)
      INTO taken
      FROM pg_constraint
     WHERE conrelid = 'sessions'::regclass
       AND conname IN ('sessions_valid_expiry', 'sessions_valid_revocation');

    IF taken IS NOT NULL THEN
        RAISE EXCEPTION 'table sessions already has constraints of these names: %', taken
            USING ERRCODE = 'duplicate_object',
                  HINT = 'The rollback of this migration would drop them. Rename them (ALTER TABLE sessions RENAME CONSTRAINT ...) or drop them, then run this again.';
    END IF;
END
$$;

ALTER TABLE sessions
    ADD CONSTRAINT sessions_valid_expiry
        CHECK (expires_at > created_at) NOT VALID,
    ADD CONSTRAINT sessions_valid_revocation
        CHECK (revoked_at IS NULL OR revoked_at >= created_at) NOT VALID;
