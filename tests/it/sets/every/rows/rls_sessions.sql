INSERT INTO users (id, email)
SELECT gen_random_uuid(), format('u%s@example.org', n) FROM generate_series(1, 100) AS n;

INSERT INTO sessions (user_id, refresh_token_hash, user_agent, ip_address, created_at, expires_at, is_revoked, revoked_at)
SELECT id, md5(email || k), (ARRAY[NULL, '', E'back\\slash ''"', repeat('x', 10000)])[k],
       (ARRAY[NULL, '192.0.2.1', '2001:db8::1', '::ffff:192.0.2.1'])[k]::inet,
       now() - interval '90 days', now() + (k - 2) * interval '40 days', k = 3,
       CASE WHEN k = 3 THEN now() - interval '50 days' END
  FROM users, generate_series(1, 4) AS k;
