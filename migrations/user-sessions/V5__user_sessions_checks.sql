-- What holds of every session that can be used: its hashes are SHA-256 in hex,
-- it ends after it begins, and it is not revoked.
--
-- NOT VALID: rows that are here already are not read, and do not stop this. A
-- check that is not valid still refuses every change of an old row that breaks
-- it, so the first two ask nothing of sessions that are over: otherwise an old
-- session with another kind of hash could not be revoked or cleaned up any more.
-- They stay NOT VALID for good; V6 and V7 see to the third.
--
-- Until they end, live sessions of that kind cannot be changed in another way.
-- This finds them:
--     SELECT id, user_id, expires_at FROM user_sessions
--      WHERE is_active AND expires_at > localtimestamp
--        AND NOT (access_token_hash ~ '^[0-9a-fA-F]{64}$'
--                 AND refresh_token_hash ~ '^[0-9a-fA-F]{64}$');

DO $$
DECLARE
    taken text;
BEGIN
    SELECT string_agg(conname, ', ' ORDER BY conname)
      INTO taken
      FROM pg_constraint
     WHERE conrelid = 'user_sessions'::regclass
       AND conname IN ('user_sessions_hashes_are_sha256', 'user_sessions_valid_expiry',
                       'user_sessions_revoked_is_inactive');

    IF taken IS NOT NULL THEN
        RAISE EXCEPTION 'table user_sessions already has constraints of these names: %', taken
            USING ERRCODE = 'duplicate_object',
                  HINT = 'The rollback of this migration would drop them. Rename them (ALTER TABLE user_sessions RENAME CONSTRAINT ...) or drop them, then run this again.';
    END IF;
END
$$;

-- IS TRUE: an adopted table may allow nulls, and a null would pass.
ALTER TABLE user_sessions
    ADD CONSTRAINT user_sessions_hashes_are_sha256
        CHECK (is_active IS NOT TRUE
               OR (access_token_hash ~ '^[0-9a-fA-F]{64}$'
                   AND refresh_token_hash ~ '^[0-9a-fA-F]{64}$') IS TRUE) NOT VALID,
    ADD CONSTRAINT user_sessions_valid_expiry
        CHECK (is_active IS NOT TRUE OR expires_at > created_at) NOT VALID,
    ADD CONSTRAINT user_sessions_revoked_is_inactive
        CHECK (revoked_at IS NULL OR is_active IS NOT TRUE) NOT VALID;
