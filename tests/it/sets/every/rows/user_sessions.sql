INSERT INTO users (id, email)
SELECT gen_random_uuid(), format('u%s@example.org', n) FROM generate_series(1, 100) AS n;

INSERT INTO user_sessions (user_id, access_token_hash, refresh_token_hash, created_at, expires_at, revoked_at, is_active, ip_address, user_agent)
SELECT id, encode(sha256(convert_to(email || k, 'UTF8')), 'hex'), encode(sha256(convert_to(k || email, 'UTF8')), 'hex'),
       localtimestamp - interval '90 days', localtimestamp + (k - 2) * interval '20 days',
       CASE WHEN k = 3 THEN localtimestamp - interval '50 days' END, k <> 3,
       (ARRAY[NULL, '', '2001:db8::1', 'garbage'])[k],
       (ARRAY[NULL, '', E'back\\slash ''" \U0001F600', repeat('x', 10000)])[k]
  FROM users, generate_series(1, 4) AS k;

INSERT INTO revoked_access_tokens (token_hash, session_id, revoked_at, expires_at)
SELECT encode(sha256(convert_to('gone' || n, 'UTF8')), 'hex'), gen_random_uuid(),
       localtimestamp - n * interval '1 hour', localtimestamp - n * interval '1 hour' + interval '15 minutes'
  FROM generate_series(1, 100) AS n;
