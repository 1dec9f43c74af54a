-- 100,000 users with ten tokens each: four live, three expired, three revoked.
-- A hundred ended longer ago than cleaning up keeps them. The log has an event
-- for each token, a year of them.
INSERT INTO refresh_tokens (id, user_id, token, device_name, device_fingerprint, ip_address,
                            user_agent, created_at, last_used_at, expires_at, revoked_at)
SELECT md5('id ' || n)::uuid,
       'user-' || n / 10,
       md5('token ' || n) || md5('more ' || n),
       'device ' || n % 10,
       md5('device ' || n),
       host('10.0.0.0'::inet + n),
       'Mozilla/5.0 (device ' || n || ')',
       localtimestamp - interval '7 days',
       localtimestamp - interval '1 day',
       CASE WHEN n % 10000 = 9 THEN localtimestamp - interval '40 days'
            WHEN n % 10 IN (4, 5, 6) THEN localtimestamp - n * interval '1 second'
            ELSE localtimestamp + interval '1 day' + n * interval '1 second'
       END,
       CASE WHEN n % 10 IN (7, 8, 9) THEN localtimestamp - interval '1 day' END
  FROM generate_series(0, 999999) AS n;

INSERT INTO security_events (event_type, severity, user_id, token_id, ip_address, metadata, created_at)
SELECT (ARRAY['failed_login', 'token_revoked', 'device_fingerprint_mismatch', 'multiple_device_login'])[1 + n % 4],
       CASE WHEN n % 1000 = 0 THEN 'critical' WHEN n % 10 = 0 THEN 'high' ELSE 'info' END,
       'user-' || n / 10,
       md5('id ' || n)::uuid,
       host('10.0.0.0'::inet + n),
       jsonb_build_object('attempt', n % 7, 'request', md5('request ' || n)),
       localtimestamp - n * interval '31.5 seconds'
  FROM generate_series(0, 999999) AS n;
