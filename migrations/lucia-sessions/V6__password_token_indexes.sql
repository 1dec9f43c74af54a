-- Finding a password token by its hash, its user, or its age.
--
-- Apart from the table, so that an adopted table receives them too.

-- IF NOT EXISTS, so that this can run twice, would also accept an index that was
-- here before, on any table and of any shape, and the rollback would then drop
-- it. So the indexes of this set carry a mark, and one without it is refused.
-- SQLite raises errors of one's own in triggers only; but what is no JSON path is
-- an error in any statement, and is reported word for word.
SELECT json_extract('{}', 'index names of this set are taken by other indexes: '
                          || group_concat(name, ', ') || '. Drop them and run this again.')
  FROM sqlite_schema
 WHERE type = 'index'
   AND lower(name) IN (
           'idx_password_reset_tokens_used',
           'idx_password_reset_tokens_expires_at',
           'idx_password_reset_tokens_user_id',
           'idx_password_reset_tokens_token_hash',
           'idx_password_setup_tokens_used',
           'idx_password_setup_tokens_expires_at',
           'idx_password_setup_tokens_user_id',
           'idx_password_setup_tokens_token_hash'
       )
   AND sql NOT LIKE '%/* lucia-sessions */%'
 GROUP BY type;

-- Without statistics SQLite takes all indexes for equally telling, and of two on
-- texts it prefers the one made last; so the one that tells most comes last. One
-- on a number, such as used, it prefers in any case, until ANALYZE has been run.
CREATE INDEX IF NOT EXISTS idx_password_reset_tokens_used ON password_reset_tokens (used /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_password_reset_tokens_expires_at ON password_reset_tokens (expires_at /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_password_reset_tokens_user_id ON password_reset_tokens (user_id /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_password_reset_tokens_token_hash ON password_reset_tokens (token_hash /* lucia-sessions */);

CREATE INDEX IF NOT EXISTS idx_password_setup_tokens_used ON password_setup_tokens (used /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_password_setup_tokens_expires_at ON password_setup_tokens (expires_at /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_password_setup_tokens_user_id ON password_setup_tokens (user_id /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_password_setup_tokens_token_hash ON password_setup_tokens (token_hash /* lucia-sessions */);
