-- 100,000 users with ten sessions each, of which three were revoked, and the
-- role of an application, which the policy binds.
INSERT INTO users (id)
SELECT md5('user ' || n)::uuid
  FROM generate_series(0, 99999) AS n;

INSERT INTO sessions (id, user_id, refresh_token_hash, user_agent, ip_address, expires_at, is_revoked,
                      revoked_at, created_at, last_used_at)
SELECT md5('session ' || n)::uuid,
       md5('user ' || n / 10)::uuid,
       md5('refresh ' || n),
       'Mozilla/5.0 (device ' || n || ')',
       '10.0.0.0'::inet + n,
       now() + interval '7 days',
       n % 10 > 6,
       CASE WHEN n % 10 > 6 THEN now() - interval '1 day' END,
       now() - interval '8 days',
       now() - n * interval '0.5 seconds'
  FROM generate_series(0, 999999) AS n;

CREATE ROLE turnback_bench;
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO turnback_bench;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO turnback_bench;
