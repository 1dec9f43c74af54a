-- A request: looks a session up, and one in three notes that another was used.
-- No transaction around both.
\set read random(0, :rows - 1)
SELECT user_id, expires_at, is_revoked FROM sessions WHERE id = md5('session ' || :read)::uuid;
\set written random(0, :rows - 1)
\set chance random(1, 3)
\if :chance = 1
UPDATE sessions SET last_used_at = now() WHERE id = md5('session ' || :written)::uuid;
\endif
