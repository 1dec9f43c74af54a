-- Looks at the indexes that adopted tables bring along, before V5 and V6 build
-- what is missing. On tables that V1 and V2 created there is nothing to find.
--
-- An index that has the name and the shape of one of the set's is kept and not
-- built again. Its comment says so from here on; that is how the rollbacks of
-- V5 and V6 tell it from theirs. In a migration of its own, because those run
-- without a transaction and can be cut off half-way.

DO $$
DECLARE
    wanted   record;
    existing record;
    key      text;
BEGIN
    -- The functions trust that a key or a token names one row.
    FOREACH key IN ARRAY ARRAY['id', 'token'] LOOP
        PERFORM
           FROM pg_index AS i
           JOIN pg_attribute AS a
             ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
          WHERE i.indrelid = 'refresh_tokens'::regclass
            AND i.indisunique AND i.indisvalid AND i.indimmediate
            AND i.indnkeyatts = 1
            AND i.indpred IS NULL
            AND a.attname = key;

        IF NOT FOUND THEN
            RAISE EXCEPTION 'column % of table refresh_tokens is not unique', key
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = format('Build a unique index, then run this again: CREATE UNIQUE INDEX CONCURRENTLY refresh_tokens_%s_key ON refresh_tokens (%s);', key, key);
        END IF;
    END LOOP;

    FOR wanted IN
        SELECT w.name,
               format('CREATE INDEX %s ON %I.%s USING %s',
                      w.name, current_schema(), w.table_name, w.shape) AS definition
          FROM (VALUES
                   ('idx_refresh_tokens_user_id', 'refresh_tokens', 'btree (user_id)'),
                   ('idx_refresh_tokens_token', 'refresh_tokens', 'btree (token)'),
                   ('idx_refresh_tokens_expires_at', 'refresh_tokens', 'btree (expires_at)'),
                   ('idx_refresh_tokens_revoked_at', 'refresh_tokens', 'btree (revoked_at)'),
                   ('idx_refresh_tokens_active_sessions', 'refresh_tokens',
                    'btree (user_id, expires_at, revoked_at) WHERE (revoked_at IS NULL)'),
                   ('idx_security_events_user_id', 'security_events', 'btree (user_id)'),
                   ('idx_security_events_event_type', 'security_events', 'btree (event_type)'),
                   ('idx_security_events_severity', 'security_events', 'btree (severity)'),
                   ('idx_security_events_created_at', 'security_events', 'btree (created_at)'),
                   ('idx_security_events_token_id', 'security_events', 'btree (token_id)'),
                   ('idx_security_events_user_created', 'security_events',
                    'btree (user_id, created_at DESC)'),
                   ('idx_security_events_severity_created', 'security_events',
                    'btree (severity, created_at DESC)'),
                   ('idx_security_events_day', 'security_events',
                    'btree (((created_at)::date))'),
                   ('idx_security_events_metadata', 'security_events', 'gin (metadata)')
               ) AS w(name, table_name, shape)
    LOOP
        SELECT c.oid,
               i.indisvalid AS valid,
               -- A unique index serves every question that a plain one does.
               replace(pg_get_indexdef(i.indexrelid), 'CREATE UNIQUE INDEX', 'CREATE INDEX') AS definition,
               obj_description(c.oid, 'pg_class') AS description
          INTO existing
          FROM pg_class AS c
          LEFT JOIN pg_index AS i ON i.indexrelid = c.oid
         WHERE c.relname = wanted.name
           AND c.relnamespace = quote_ident(current_schema())::regnamespace;

        CONTINUE WHEN NOT FOUND;

        IF existing.definition IS DISTINCT FROM wanted.definition THEN
            RAISE EXCEPTION 'the name % is taken by something else', wanted.name
                USING ERRCODE = 'duplicate_table',
                      DETAIL = format('There is: %s. Wanted is: %s.',
                                      coalesce(existing.definition, 'no index'), wanted.definition),
                      HINT = format('Rename it, which takes a moment only (ALTER INDEX %s RENAME TO ...), then run this again.', wanted.name);
        ELSIF NOT existing.valid THEN
            RAISE EXCEPTION 'index % is invalid: a concurrent build of it failed', wanted.name
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = format('Drop it (DROP INDEX CONCURRENTLY %s), then run this again.', wanted.name);
        END IF;

        EXECUTE format('COMMENT ON INDEX %I IS %L',
                       wanted.name,
                       concat_ws(' ', existing.description, 'Kept by refresh-tokens V4.'));
        RAISE NOTICE 'index % is kept', wanted.name;
    END LOOP;
END
$$;
