-- A request: looks a session up, and one in three notes that another was used,
-- in a column that the backfill leaves alone. No transaction around both.
\set read random(0, :rows - 1)
SELECT user_id, expires_at, revoked_at FROM auth_sessions WHERE id = 'session-' || :read;
\set written random(0, :rows - 1)
\set chance random(1, 3)
\if :chance = 1
UPDATE auth_sessions SET last_used = now() WHERE id = 'session-' || :written;
\endif
