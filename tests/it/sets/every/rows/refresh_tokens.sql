INSERT INTO refresh_tokens (user_id, token, device_name, device_fingerprint, ip_address, user_agent, created_at, expires_at, revoked_at)
SELECT 'u' || n % 50, md5(n::text), (ARRAY[NULL, '', 'Phone', repeat('d', 255)])[1 + n % 4],
       (ARRAY[NULL, '', 'fp'])[1 + n % 3], (ARRAY[NULL, '', '2001:db8::1', 'garbage'])[1 + n % 4],
       (ARRAY[NULL, '', E'back\\slash ''" \U0001F600', repeat('x', 10000)])[1 + n % 4],
       localtimestamp - interval '90 days', localtimestamp + (n % 5 - 2) * interval '20 days',
       CASE WHEN n % 7 = 0 THEN localtimestamp - interval '50 days' END
  FROM generate_series(1, 400) AS n;

INSERT INTO security_events (event_type, severity, user_id, token_id, metadata, created_at)
SELECT 'failed_login', (ARRAY['info', 'low', 'warning', 'high', 'critical'])[1 + n % 5],
       'u' || n % 50, gen_random_uuid(), jsonb_build_object('n', n),
       localtimestamp - n * interval '1 hour'
  FROM generate_series(1, 400) AS n;
