-- Where family_id is text: fills the uuid column of the rows that exist.
--
-- Writing family_id, even as it is, lets the trigger of V7 do it. Where there is
-- no second column nothing may be touched; the first condition is the same for
-- every row, so that the table is not even read then. The second cannot name a
-- column that is not always there.

-- turnback:backfill auth_sessions
UPDATE auth_sessions
   SET family_id = family_id
 WHERE EXISTS (
           SELECT FROM pg_attribute
            WHERE attrelid = 'auth_sessions'::regclass
              AND attname = 'family_id_uuid'
              AND NOT attisdropped
       )
   AND to_jsonb(auth_sessions) ->> 'family_id_uuid' IS NULL;
