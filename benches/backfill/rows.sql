-- The sessions of ../set_targets/auth-sessions.sql as they are before V13: ten of
-- a user, and nothing yet in the columns that it fills, nor in that of the JWT.
-- Nulls are written out, or two of the columns would get their defaults.
INSERT INTO users (id, email)
SELECT 'user-' || n, n || '@example.org'
  FROM generate_series(0, (:rows - 1) / 10) AS n;

INSERT INTO auth_sessions (id, user_id, refresh_token_hash, rotated_from, user_agent, ip,
                           created_at, last_used, expires_at, revoked_at,
                           family_id, auth_time, device_hash, last_ip_cidr)
SELECT 'session-' || n,
       'user-' || n / 10,
       md5('refresh ' || n),
       CASE WHEN n % 5 > 0 THEN 'session-' || n - 1 END,
       'Mozilla/5.0 (device ' || n / 5 || ')',
       host('10.0.0.0'::inet + n / 5),
       t.created_at,
       t.created_at,
       t.created_at + CASE WHEN n % 100 = 4 THEN interval '1 hour' ELSE interval '60 days' END,
       CASE WHEN n % 5 < 4 THEN t.created_at + interval '1 hour' END,
       NULL,
       NULL,
       NULL,
       NULL
  FROM generate_series(0, :rows - 1) AS n
 CROSS JOIN LATERAL (SELECT now() - interval '30 days' + n * interval '2 seconds' AS created_at) AS t;
