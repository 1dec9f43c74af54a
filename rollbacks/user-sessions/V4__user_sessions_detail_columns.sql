-- Removes the columns that V4 added, which their comments name. Columns that
-- were here before, or that V2 created, stay.
-- turnback:backup user_sessions(last_activity_at, ip_address, user_agent, device_info, metadata)

DO $$
DECLARE
    added name;
BEGIN
    FOR added IN
        SELECT a.attname
          FROM pg_attribute AS a
         WHERE a.attrelid = 'user_sessions'::regclass
           AND a.attnum > 0
           AND NOT a.attisdropped
           AND col_description(a.attrelid, a.attnum) LIKE '% Added by user-sessions V4.'
    LOOP
        EXECUTE format('ALTER TABLE user_sessions DROP COLUMN %I', added);
    END LOOP;
END
$$;
