-- What the tables accept and refuse.

INSERT INTO refresh_tokens (id, user_id, token, expires_at)
VALUES ('00000000-0000-4000-8000-000000000001', 'turnback-check-user', 'turnback-check-token',
        localtimestamp + interval '1 hour');

-- turnback:check A token is stored once
-- turnback:expect-error 23505
INSERT INTO refresh_tokens (id, user_id, token, expires_at)
VALUES ('00000000-0000-4000-8000-000000000002', 'turnback-check-user', 'turnback-check-token',
        localtimestamp + interval '1 hour');

-- turnback:check A key is given once
-- turnback:expect-error 23505
INSERT INTO refresh_tokens (id, user_id, token, expires_at)
VALUES ('00000000-0000-4000-8000-000000000001', 'turnback-check-user', 'turnback-check-other',
        localtimestamp + interval '1 hour');

-- turnback:check Addresses, agents and device names may be missing, empty or garbage
INSERT INTO refresh_tokens (id, user_id, token, device_name, ip_address, user_agent, expires_at)
VALUES ('00000000-0000-4000-8000-000000000003', 'turnback-check-user', 'turnback-check-3',
        NULL, NULL, NULL, localtimestamp + interval '1 hour'),
       ('00000000-0000-4000-8000-000000000004', 'turnback-check-user', 'turnback-check-4',
        '', 'not an address', E'back\\slash ''quote'' "quote" \U0001F600', localtimestamp + interval '1 hour'),
       ('00000000-0000-4000-8000-000000000005', 'turnback-check-user', 'turnback-check-5',
        'Phone', '2001:db8:ffff:ffff:ffff:ffff:255.255.255.255', repeat('x', 10000), localtimestamp + interval '1 hour');
SELECT 3 AS expected, count(*) AS actual
  FROM refresh_tokens
 WHERE id IN ('00000000-0000-4000-8000-000000000003',
              '00000000-0000-4000-8000-000000000004',
              '00000000-0000-4000-8000-000000000005');

-- turnback:check The five severities are accepted
INSERT INTO security_events (id, event_type, severity)
SELECT ('00000000-0000-4000-8000-00000000001' || n)::uuid, 'turnback-check', severity
  FROM unnest(ARRAY['info', 'low', 'warning', 'high', 'critical']) WITH ORDINALITY AS s(severity, n);
SELECT 5 AS expected, count(*) AS actual
  FROM security_events
 WHERE event_type = 'turnback-check';

-- turnback:check No other severity is accepted, in whatever case
-- turnback:expect-error 23514
INSERT INTO security_events (id, event_type, severity)
VALUES ('00000000-0000-4000-8000-000000000011', 'turnback-check', 'fatal');
-- turnback:expect-error 23514
INSERT INTO security_events (id, event_type, severity)
VALUES ('00000000-0000-4000-8000-000000000012', 'turnback-check', 'High');
-- turnback:expect-error 23514
INSERT INTO security_events (id, event_type, severity)
VALUES ('00000000-0000-4000-8000-000000000013', 'turnback-check', '');

-- turnback:check Existing events have been checked too
SELECT true AS expected, convalidated AS actual
  FROM pg_constraint
 WHERE conrelid = 'security_events'::regclass
   AND conname = 'security_events_known_severity';

-- turnback:check Every index of the set is there and valid
SELECT wanted.name AS what, true AS expected, coalesce(i.indisvalid AND i.indisready, false) AS actual
  FROM unnest(ARRAY[
           'idx_refresh_tokens_user_id', 'idx_refresh_tokens_token',
           'idx_refresh_tokens_expires_at', 'idx_refresh_tokens_revoked_at',
           'idx_refresh_tokens_active_sessions',
           'idx_security_events_user_id', 'idx_security_events_event_type',
           'idx_security_events_severity', 'idx_security_events_created_at',
           'idx_security_events_token_id', 'idx_security_events_user_created',
           'idx_security_events_severity_created', 'idx_security_events_day',
           'idx_security_events_metadata'
       ]) AS wanted(name)
  LEFT JOIN pg_index AS i
    ON i.indexrelid = to_regclass(wanted.name)
   AND i.indrelid IN ('refresh_tokens'::regclass, 'security_events'::regclass);
