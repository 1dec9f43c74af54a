-- 100,000 users with ten sessions each: five live, three expired, two revoked.
-- A million access tokens are refused, which is a busy quarter of an hour.
INSERT INTO users (id)
SELECT md5('user ' || n)::uuid
  FROM generate_series(0, 99999) AS n;

INSERT INTO user_sessions (id, user_id, access_token_hash, refresh_token_hash, expires_at, created_at,
                           last_activity_at, revoked_at, is_active, ip_address, user_agent, device_info)
SELECT md5('session ' || n)::uuid,
       md5('user ' || n / 10)::uuid,
       encode(sha256(('access ' || n)::bytea), 'hex'),
       encode(sha256(('refresh ' || n)::bytea), 'hex'),
       CASE WHEN n % 10 IN (5, 6, 7) THEN localtimestamp - interval '1 day'
            ELSE localtimestamp + interval '7 days'
       END,
       localtimestamp - interval '8 days',
       localtimestamp - n * interval '0.5 seconds',
       CASE WHEN n % 10 IN (8, 9) THEN localtimestamp - interval '2 days' END,
       n % 10 < 5,
       host('10.0.0.0'::inet + n),
       'Mozilla/5.0 (device ' || n || ')',
       jsonb_build_object('type', (ARRAY['mobile', 'desktop', 'web'])[1 + n % 3])
  FROM generate_series(0, 999999) AS n;

INSERT INTO revoked_access_tokens (token_hash, session_id, revoked_at, expires_at)
SELECT encode(sha256(('refused ' || n)::bytea), 'hex'),
       md5('session ' || n)::uuid,
       localtimestamp,
       localtimestamp + interval '1 day'
  FROM generate_series(0, 999999) AS n;
