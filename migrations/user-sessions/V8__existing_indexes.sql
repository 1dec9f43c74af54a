-- Looks at the indexes that adopted tables bring along, before V9 builds what is
-- missing. On tables that V2 and V3 created there is nothing to find.
--
-- An index that has the name and the shape of one of the set's is kept and not
-- built again. Its comment says so from here on; that is how the rollback of V9
-- tells it from its own. In a migration of its own, because V9 runs without a
-- transaction and can be cut off half-way.

DO $$
DECLARE
    wanted   record;
    existing record;
BEGIN
    -- The functions trust that a key names one row, and a hash is refused once.
    FOR wanted IN
        SELECT *
          FROM (VALUES ('user_sessions', 'id'),
                       ('revoked_access_tokens', 'token_hash')) AS w(table_name, key)
    LOOP
        PERFORM
           FROM pg_index AS i
           JOIN pg_attribute AS a
             ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
          WHERE i.indrelid = wanted.table_name::regclass
            AND i.indisunique AND i.indisvalid AND i.indimmediate
            AND i.indnkeyatts = 1
            AND i.indpred IS NULL
            AND a.attname = wanted.key;

        IF NOT FOUND THEN
            RAISE EXCEPTION 'column % of table % is not unique', wanted.key, wanted.table_name
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = format('Build a unique index, then run this again: CREATE UNIQUE INDEX CONCURRENTLY %1$s_%2$s_key ON %1$s (%2$s);', wanted.table_name, wanted.key);
        END IF;
    END LOOP;

    FOR wanted IN
        SELECT w.name,
               format('CREATE INDEX %s ON %I.%s USING %s',
                      w.name, current_schema(), w.table_name, w.shape) AS definition
          FROM (VALUES
                   ('idx_user_sessions_user_id', 'user_sessions', 'btree (user_id)'),
                   ('idx_user_sessions_access_token', 'user_sessions', 'btree (access_token_hash)'),
                   ('idx_user_sessions_refresh_token', 'user_sessions', 'btree (refresh_token_hash)'),
                   ('idx_user_sessions_expires_at', 'user_sessions', 'btree (expires_at)'),
                   ('idx_user_sessions_active', 'user_sessions', 'btree (user_id, is_active)'),
                   ('idx_user_sessions_last_activity', 'user_sessions', 'btree (last_activity_at)')
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
                       concat_ws(' ', existing.description, 'Kept by user-sessions V8.'));
        RAISE NOTICE 'index % is kept', wanted.name;
    END LOOP;
END
$$;
