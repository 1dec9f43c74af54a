-- cleanup_refresh_tokens()
--
-- The rows are a thousand years old and the grace nearly as long, so that no
-- real token is touched.

INSERT INTO refresh_tokens (id, user_id, token, created_at, expires_at, revoked_at)
VALUES ('00000000-0000-4000-8000-000000000001', 'turnback-check-user', 'turnback-check-expired-long-ago',
        '1000-01-01', '1000-01-02', NULL),
       ('00000000-0000-4000-8000-000000000002', 'turnback-check-user', 'turnback-check-revoked-long-ago',
        '1000-01-01', localtimestamp + interval '1 hour', '1000-01-02'),
       ('00000000-0000-4000-8000-000000000003', 'turnback-check-user', 'turnback-check-expired',
        localtimestamp - interval '2 days', localtimestamp - interval '1 day', NULL),
       ('00000000-0000-4000-8000-000000000004', 'turnback-check-user', 'turnback-check-revoked',
        localtimestamp - interval '2 days', localtimestamp + interval '1 hour', localtimestamp - interval '1 day'),
       ('00000000-0000-4000-8000-000000000005', 'turnback-check-user', 'turnback-check-live',
        '1000-01-01', localtimestamp + interval '1 hour', NULL);

-- turnback:check What ended before the grace began is deleted, and only that
SELECT 2 AS expected, cleanup_refresh_tokens(interval '900 years') AS actual;
SELECT '3,4,5' AS expected, string_agg(right(id::text, 1), ',' ORDER BY id) AS actual
  FROM refresh_tokens
 WHERE user_id = 'turnback-check-user';
SELECT 0 AS expected, cleanup_refresh_tokens(interval '900 years') AS actual;

-- turnback:check A null or negative grace is refused
-- turnback:expect-error 22023
SELECT cleanup_refresh_tokens(NULL);
-- turnback:expect-error 22023
SELECT cleanup_refresh_tokens('-1 second');
