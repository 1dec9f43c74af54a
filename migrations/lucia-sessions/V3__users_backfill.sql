-- Gives users without a status or a count of failed logins the defaults, so
-- that no code has to treat null as one of them.
--
-- Rows that were here when V2 added the columns have the defaults already; this
-- is for rows that were written with an explicit null.

-- turnback:backfill users
UPDATE users
   SET status = coalesce(status, 'active'),
       failed_login_attempts = coalesce(failed_login_attempts, 0)
 WHERE status IS NULL
    OR failed_login_attempts IS NULL;
