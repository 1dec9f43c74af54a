-- Writing a security event: what the set's other functions and the application
-- use.
--
-- The function runs as the caller. PUBLIC may not call it; grant EXECUTE to the
-- application's role, which needs INSERT and SELECT on security_events.

CREATE FUNCTION record_security_event(
    event_type varchar,
    severity   varchar,
    user_id    varchar,
    token_id   uuid,
    ip_address varchar,
    user_agent text,
    metadata   jsonb
)
RETURNS uuid
LANGUAGE plpgsql
AS $$
DECLARE
    new_id uuid;
BEGIN
    -- Claimed names and forwarded addresses are the client's to choose. One that
    -- is too long is cut, so that nobody keeps an event from being recorded by
    -- sending it.
    --
    -- Nothing is left to the table's defaults: an adopted one can lack them.
    INSERT INTO security_events AS e
           (id, event_type, severity, user_id, token_id, ip_address, user_agent, metadata, created_at)
    VALUES (gen_random_uuid(),
            record_security_event.event_type,
            coalesce(record_security_event.severity, 'info'),
            left(record_security_event.user_id, 255),
            record_security_event.token_id,
            left(record_security_event.ip_address, 45),
            record_security_event.user_agent,
            record_security_event.metadata,
            localtimestamp)
    RETURNING e.id INTO new_id;

    RETURN new_id;
END
$$;

COMMENT ON FUNCTION record_security_event(varchar, varchar, varchar, uuid, varchar, text, jsonb) IS
    'Records a security event and returns its key. A null severity is info; a user or address that is too long is cut.';

REVOKE EXECUTE ON FUNCTION record_security_event(varchar, varchar, varchar, uuid, varchar, text, jsonb) FROM PUBLIC;

-- Names in the body mean the schema the function is in, whoever calls. That
-- schema is known only now, and CREATE FUNCTION takes no expression for it.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION record_security_event(varchar, varchar, varchar, uuid, varchar, text, jsonb) SET search_path = %I, pg_temp',
        current_schema()
    );
END
$$;
