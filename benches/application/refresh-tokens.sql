-- A request: looks a token up, and one in three notes that another was used and
-- records an event. No transaction around them.
\set read random(0, :rows - 1)
SELECT user_id, expires_at, revoked_at FROM refresh_tokens
 WHERE token = md5('token ' || :read) || md5('more ' || :read);
\set written random(0, :rows - 1)
\set chance random(1, 3)
\if :chance = 1
UPDATE refresh_tokens SET last_used_at = localtimestamp WHERE id = md5('id ' || :written)::uuid;
INSERT INTO security_events (event_type, user_id) VALUES ('failed_login', 'user-' || :written / 10);
\endif
