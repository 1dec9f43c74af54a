-- verify_refresh_token()

INSERT INTO refresh_tokens
       (id, user_id, token, device_name, device_fingerprint, ip_address, user_agent, expires_at, revoked_at)
VALUES ('00000000-0000-4000-8000-000000000001', 'turnback-check-user', 'turnback-check-live',
        'Phone', 'fp-1', '203.0.113.7', 'agent', localtimestamp + interval '1 hour', NULL),
       ('00000000-0000-4000-8000-000000000002', 'turnback-check-user', 'turnback-check-unbound',
        NULL, NULL, NULL, NULL, localtimestamp + interval '1 hour', NULL),
       ('00000000-0000-4000-8000-000000000003', 'turnback-check-user', 'turnback-check-expired',
        'Phone', 'fp-1', NULL, NULL, localtimestamp, NULL),
       ('00000000-0000-4000-8000-000000000004', 'turnback-check-user', 'turnback-check-revoked',
        'Phone', 'fp-1', NULL, NULL, localtimestamp + interval '1 hour', localtimestamp);

-- turnback:check A live token on its own device is returned, and nothing is recorded
SELECT what, expected, actual
  FROM verify_refresh_token('turnback-check-live', 'fp-1') AS t
 CROSS JOIN LATERAL (VALUES
           ('id', '00000000-0000-4000-8000-000000000001', t.id::text),
           ('user', 'turnback-check-user', t.user_id),
           ('device', 'Phone', t.device_name),
           ('fingerprint', 'fp-1', t.device_fingerprint),
           ('address', '203.0.113.7', t.ip_address),
           ('agent', 'agent', t.user_agent),
           ('expires', (localtimestamp + interval '1 hour')::text, t.expires_at::text),
           ('matches', 'true', t.fingerprint_matches::text)
       ) AS v(what, expected, actual);
SELECT 0 AS expected, count(*) AS actual
  FROM security_events
 WHERE token_id = '00000000-0000-4000-8000-000000000001';

-- turnback:check Another fingerprint is recorded, and the row still returned
SELECT false AS expected, fingerprint_matches AS actual
  FROM verify_refresh_token('turnback-check-live', 'fp-2');
SELECT what, expected, actual
  FROM security_events AS e
 CROSS JOIN LATERAL (VALUES
           ('type', 'device_fingerprint_mismatch', e.event_type),
           ('severity', 'high', e.severity),
           ('user', 'turnback-check-user', e.user_id),
           ('expected', 'fp-1', e.metadata ->> 'expected'),
           ('presented', 'fp-2', e.metadata ->> 'presented')
       ) AS v(what, expected, actual)
 WHERE e.token_id = '00000000-0000-4000-8000-000000000001';

-- turnback:check Leaving the fingerprint out is no way around the comparison
SELECT 'null' AS what, false AS expected, fingerprint_matches AS actual
  FROM verify_refresh_token('turnback-check-live', NULL);
SELECT 'empty' AS what, false AS expected, fingerprint_matches AS actual
  FROM verify_refresh_token('turnback-check-live', '');
SELECT 2 AS expected, count(*) AS actual
  FROM security_events
 WHERE token_id = '00000000-0000-4000-8000-000000000001';

-- turnback:check A token bound to no device matches every one, silently
SELECT true AS expected, fingerprint_matches AS actual
  FROM verify_refresh_token('turnback-check-unbound', 'fp-9');
SELECT true AS expected, fingerprint_matches AS actual
  FROM verify_refresh_token('turnback-check-unbound', NULL);
SELECT 0 AS expected, count(*) AS actual
  FROM security_events
 WHERE token_id = '00000000-0000-4000-8000-000000000002';

-- turnback:check Expired, revoked, unknown and null tokens return no row and record nothing
SELECT token AS what, 0 AS expected,
       (SELECT count(*) FROM verify_refresh_token(token, 'fp-2')) AS actual
  FROM unnest(ARRAY['turnback-check-expired', 'turnback-check-revoked',
                    'turnback-check-unknown', '', NULL]) AS tokens(token);
SELECT 0 AS expected, count(*) AS actual
  FROM security_events
 WHERE user_id = 'turnback-check-user';

-- turnback:check Verifying does not use a token up
SELECT (SELECT last_used_at FROM refresh_tokens WHERE id = '00000000-0000-4000-8000-000000000001') AS expected,
       last_used_at AS actual
  FROM verify_refresh_token('turnback-check-live', 'fp-1');
SELECT 1 AS expected, count(*) AS actual
  FROM verify_refresh_token('turnback-check-live', 'fp-1');

-- turnback:check A token written with the session's clock is live in any TimeZone
SET LOCAL TimeZone = 'Pacific/Kiritimati';
INSERT INTO refresh_tokens (id, user_id, token, expires_at)
VALUES ('00000000-0000-4000-8000-000000000005', 'turnback-check-user', 'turnback-check-east', now() + interval '1 minute'),
       ('00000000-0000-4000-8000-000000000006', 'turnback-check-user', 'turnback-check-east-over', now());
SELECT 1 AS expected, count(*) AS actual FROM verify_refresh_token('turnback-check-east', NULL);
SELECT 0 AS expected, count(*) AS actual FROM verify_refresh_token('turnback-check-east-over', NULL);
SET LOCAL TimeZone = 'Pacific/Pago_Pago';
INSERT INTO refresh_tokens (id, user_id, token, expires_at)
VALUES ('00000000-0000-4000-8000-000000000007', 'turnback-check-user', 'turnback-check-west', now() + interval '1 minute'),
       ('00000000-0000-4000-8000-000000000008', 'turnback-check-user', 'turnback-check-west-over', now());
SELECT 1 AS expected, count(*) AS actual FROM verify_refresh_token('turnback-check-west', NULL);
SELECT 0 AS expected, count(*) AS actual FROM verify_refresh_token('turnback-check-west-over', NULL);
