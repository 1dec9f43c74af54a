-- record_security_event()

-- turnback:check An event is recorded as given, and its key returned
WITH made AS MATERIALIZED (
    SELECT record_security_event('turnback-check', 'warning', 'turnback-check-user',
                                 '00000000-0000-4000-8000-000000000001', '203.0.113.7',
                                 'turnback-check-agent', '{"attempt": 3}') AS id
)
SELECT set_config('turnback_check.event', id::text, true) FROM made;
SELECT what, expected, actual
  FROM security_events AS e
 CROSS JOIN LATERAL (VALUES
           ('type', 'turnback-check', e.event_type),
           ('severity', 'warning', e.severity),
           ('user', 'turnback-check-user', e.user_id),
           ('token', '00000000-0000-4000-8000-000000000001', e.token_id::text),
           ('address', '203.0.113.7', e.ip_address),
           ('agent', 'turnback-check-agent', e.user_agent),
           ('metadata', '{"attempt": 3}', e.metadata::text),
           ('time', localtimestamp::text, e.created_at::text)
       ) AS v(what, expected, actual)
 WHERE e.id = current_setting('turnback_check.event')::uuid;

-- turnback:check Parameters can be given by name
SELECT true AS expected,
       record_security_event(event_type => 'turnback-check', severity => 'info', user_id => NULL,
                             token_id => NULL, ip_address => NULL, user_agent => NULL,
                             metadata => NULL) IS NOT NULL AS actual;

-- turnback:check A null severity is info
SELECT record_security_event('turnback-check', NULL, NULL, NULL, NULL, NULL, NULL);
SELECT 'info' AS expected, severity AS actual
  FROM security_events
 WHERE event_type = 'turnback-check';

-- turnback:check An unknown severity is refused
-- turnback:expect-error 23514
SELECT record_security_event('turnback-check', 'fatal', NULL, NULL, NULL, NULL, NULL);

-- turnback:check An event without a type is refused
-- turnback:expect-error 23502
SELECT record_security_event(NULL, 'info', NULL, NULL, NULL, NULL, NULL);

-- turnback:check Overlong names, addresses and agents do not keep an event from being recorded
SELECT record_security_event('turnback-check', 'info', repeat('u', 5000), NULL, repeat('9', 5000),
                             repeat('a', 10000), NULL);
SELECT what, expected, actual
  FROM security_events AS e
 CROSS JOIN LATERAL (VALUES
           ('user', 255, length(e.user_id)),
           ('address', 45, length(e.ip_address)),
           ('agent', 10000, length(e.user_agent))
       ) AS v(what, expected, actual)
 WHERE e.event_type = 'turnback-check';
