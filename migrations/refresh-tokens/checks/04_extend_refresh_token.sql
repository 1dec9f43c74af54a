-- extend_refresh_token()

INSERT INTO refresh_tokens (id, user_id, token, created_at, last_used_at, expires_at, revoked_at)
VALUES ('00000000-0000-4000-8000-000000000001', 'turnback-check-user', 'turnback-check-live',
        localtimestamp - interval '1 day', localtimestamp - interval '1 day', localtimestamp + interval '1 hour', NULL),
       ('00000000-0000-4000-8000-000000000002', 'turnback-check-user', 'turnback-check-long',
        localtimestamp, localtimestamp + interval '1 day', localtimestamp + interval '90 days', NULL),
       ('00000000-0000-4000-8000-000000000003', 'turnback-check-user', 'turnback-check-expired',
        localtimestamp - interval '1 day', localtimestamp - interval '1 day', localtimestamp, NULL),
       ('00000000-0000-4000-8000-000000000004', 'turnback-check-user', 'turnback-check-revoked',
        localtimestamp - interval '1 day', NULL, localtimestamp + interval '1 hour', localtimestamp),
       ('00000000-0000-4000-8000-000000000005', 'turnback-check-user', 'turnback-check-unused',
        NULL, NULL, localtimestamp + interval '1 hour', NULL);

-- turnback:check A live token lives seven days from its use
SELECT localtimestamp + interval '7 days' AS expected, extend_refresh_token('turnback-check-live') AS actual;
SELECT localtimestamp + interval '7 days' AS expected, expires_at AS actual
  FROM refresh_tokens WHERE id = '00000000-0000-4000-8000-000000000001';
SELECT localtimestamp AS expected, last_used_at AS actual
  FROM refresh_tokens WHERE id = '00000000-0000-4000-8000-000000000001';

-- turnback:check The lifetime can be given
SELECT localtimestamp + interval '30 days' AS expected,
       extend_refresh_token('turnback-check-live', interval '30 days') AS actual;

-- turnback:check A token is never shortened, and no time moved back
SELECT 'short' AS what, localtimestamp + interval '90 days' AS expected, extend_refresh_token('turnback-check-long') AS actual;
SELECT 'negative' AS what, localtimestamp + interval '90 days' AS expected, extend_refresh_token('turnback-check-long', '-1 year') AS actual;
SELECT 'null' AS what, localtimestamp + interval '90 days' AS expected, extend_refresh_token('turnback-check-long', NULL) AS actual;
SELECT localtimestamp + interval '1 day' AS expected, last_used_at AS actual
  FROM refresh_tokens WHERE id = '00000000-0000-4000-8000-000000000002';

-- turnback:check A token that was never used gets a last use
SELECT localtimestamp + interval '7 days' AS expected, extend_refresh_token('turnback-check-unused') AS actual;
SELECT localtimestamp AS expected, last_used_at AS actual
  FROM refresh_tokens WHERE id = '00000000-0000-4000-8000-000000000005';

-- turnback:check Expired, revoked, unknown and null tokens give null and stay as they are
SELECT token AS what, NULL::timestamp AS expected, extend_refresh_token(token) AS actual
  FROM unnest(ARRAY['turnback-check-expired', 'turnback-check-revoked',
                    'turnback-check-unknown', '', NULL]) AS tokens(token);
SELECT id AS what, localtimestamp AS expected, coalesce(revoked_at, expires_at) AS actual
  FROM refresh_tokens
 WHERE id IN ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000004');

-- turnback:check What expired cannot be brought back by extending twice
SELECT NULL::timestamp AS expected, extend_refresh_token('turnback-check-expired', '1 year') AS actual;
SELECT NULL::timestamp AS expected, extend_refresh_token('turnback-check-expired', '1 year') AS actual;
