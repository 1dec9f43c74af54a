INSERT INTO users (id, email, name)
SELECT 'u' || n, format('u%s@example.org', n), (ARRAY[NULL, '', 'Ann'])[1 + n % 3]
  FROM generate_series(1, 100) AS n;

INSERT INTO auth_sessions (id, user_id, refresh_token_hash, family_id, rotated_from, user_agent, ip, created_at, expires_at, revoked_at)
SELECT 's' || n, 'u' || 1 + n % 100, md5(n::text), CASE WHEN n % 3 > 0 THEN gen_random_uuid() END,
       CASE WHEN n % 5 = 0 THEN 's' || n - 1 END,
       (ARRAY[NULL, '', E'back\\slash ''" \U0001F600', repeat('x', 10000)])[1 + n % 4],
       (ARRAY[NULL, '', '192.0.2.1', '2001:db8::1', '::ffff:192.0.2.1', 'garbage'])[1 + n % 6],
       now() - interval '90 days', now() + (n % 5 - 2) * interval '20 days',
       CASE WHEN n % 7 = 0 THEN now() - interval '50 days' END
  FROM generate_series(1, 400) AS n;

INSERT INTO auth_audit_log (user_id, action, success, details, created_at)
SELECT 'u' || 1 + n % 100, 'login', n % 2 = 0, jsonb_build_object('n', n), now() - n * interval '1 hour'
  FROM generate_series(1, 400) AS n;
