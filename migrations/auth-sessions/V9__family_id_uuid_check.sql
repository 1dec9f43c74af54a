-- Where family_id is text: both forms of it name the same family, or there is
-- only the uuid.
--
-- NOT VALID: new and changed rows are checked from here on, and the existing
-- ones are not read while the table is locked. V10 reads them. Not before V8: an
-- update of a row that V8 had not reached would have been refused.

DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_attribute
         WHERE attrelid = 'auth_sessions'::regclass
           AND attname = 'family_id_uuid'
           AND NOT attisdropped
    ) THEN
        ALTER TABLE auth_sessions
            ADD CONSTRAINT auth_sessions_family_id_matches
            CHECK (
                family_id_uuid IS NOT NULL
                AND (family_id IS NULL OR family_id::uuid = family_id_uuid)
            )
            NOT VALID;
    END IF;
END
$$;
