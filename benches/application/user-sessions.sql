-- A request: looks a session up, and one in three notes that a live one was used.
-- No transaction around both.
\set read random(0, :rows - 1)
SELECT user_id, expires_at, is_active FROM user_sessions WHERE id = md5('session ' || :read)::uuid;
-- Of ten sessions of a user the first five are live.
\set written 10 * random(0, :rows / 10 - 1) + random(0, 4)
\set chance random(1, 3)
\if :chance = 1
UPDATE user_sessions SET last_activity_at = localtimestamp WHERE id = md5('session ' || :written)::uuid;
\endif
