-- 100,000 users with two families each; a family is a chain of five sessions, of
-- which the last one lives. Of the newest, one in twenty has expired.
INSERT INTO users (id, email)
SELECT 'user-' || n, n || '@example.org'
  FROM generate_series(0, 99999) AS n;

INSERT INTO auth_sessions (id, user_id, refresh_token_hash, family_id, rotated_from, user_agent, ip,
                           created_at, last_used, expires_at, revoked_at, current_jti, device_hash,
                           last_ip_cidr, auth_time)
SELECT 'session-' || n,
       'user-' || n / 10,
       md5('refresh ' || n),
       md5('family ' || n / 5)::uuid,
       CASE WHEN n % 5 > 0 THEN 'session-' || n - 1 END,
       'Mozilla/5.0 (device ' || n / 5 || ')',
       host('10.0.0.0'::inet + n / 5),
       t.created_at,
       t.created_at,
       t.created_at + CASE WHEN n % 100 = 4 THEN interval '1 hour' ELSE interval '60 days' END,
       CASE WHEN n % 5 < 4 THEN t.created_at + interval '1 hour' END,
       md5('jti ' || n)::uuid,
       encode(sha256(('device ' || n / 5)::bytea), 'hex'),
       network(set_masklen('10.0.0.0'::inet + n / 5, 24)),
       t.created_at
  FROM generate_series(0, 999999) AS n
 CROSS JOIN LATERAL (SELECT now() - interval '30 days' + n * interval '2 seconds' AS created_at) AS t;
