-- Gives an older table the columns it lacks. A table that V2 created has them
-- all, and nothing happens.
--
-- Each column that is added says so in its comment; that is how the rollback
-- tells it from one that was here before. Nobody knows when existing sessions
-- were last used, so they get null, and the default of last_activity_at is set
-- after the column is there, for new rows only. No row is read or rewritten.

DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT *
          FROM (VALUES
                   ('last_activity_at', 'timestamp', 'current_timestamp',
                    'When the session was last used. Moves forward with every new access token, and never back.'),
                   ('ip_address', 'text', NULL,
                    'Address the session began from.'),
                   ('user_agent', 'text', NULL,
                    'User-Agent header sent when the session began.'),
                   ('device_info', 'jsonb DEFAULT ''{}''', NULL,
                    'What is known of the device. user_session_devices reads its type from device_type, deviceType or type.'),
                   ('metadata', 'jsonb DEFAULT ''{}''', NULL,
                    'What else the application keeps with the session.')
               ) AS w(column_name, definition, later_default, description)
         WHERE NOT EXISTS (
                   SELECT
                     FROM pg_attribute AS a
                    WHERE a.attrelid = 'user_sessions'::regclass
                      AND a.attname = w.column_name
                      AND NOT a.attisdropped
               )
    LOOP
        EXECUTE format('ALTER TABLE user_sessions ADD COLUMN %I %s',
                       wanted.column_name, wanted.definition);
        IF wanted.later_default IS NOT NULL THEN
            EXECUTE format('ALTER TABLE user_sessions ALTER COLUMN %I SET DEFAULT %s',
                           wanted.column_name, wanted.later_default);
        END IF;
        EXECUTE format('COMMENT ON COLUMN user_sessions.%I IS %L',
                       wanted.column_name,
                       wanted.description || ' Added by user-sessions V4.');
    END LOOP;
END
$$;
