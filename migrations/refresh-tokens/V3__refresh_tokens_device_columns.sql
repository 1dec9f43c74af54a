-- Gives a table from before device tracking the columns it lacks. A table that
-- V1 created has them all, and nothing happens.
--
-- Each column that is added says so in its comment; that is how the rollback
-- tells it from one that was here before. Existing rows get null, which is true
-- of them: nobody knows the device, or when the token was last used. The
-- default of last_used_at is therefore set after the column is there, for new
-- rows only. No row is read or rewritten.

DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT *
          FROM (VALUES
                   ('device_name', 'varchar(255)', NULL,
                    'Name of the device, as shown in the user''s list of devices.'),
                   ('device_fingerprint', 'varchar(255)', NULL,
                    'Fingerprint of the device the token was given to. Null binds the token to no device.'),
                   ('ip_address', 'varchar(45)', NULL,
                    'Address the token was requested from.'),
                   ('user_agent', 'text', NULL,
                    'User-Agent header the token was requested with.'),
                   ('last_used_at', 'timestamp', 'now()',
                    'When the token was last used. extend_refresh_token() moves it forward.')
               ) AS w(column_name, data_type, default_value, description)
         WHERE NOT EXISTS (
                   SELECT
                     FROM pg_attribute AS a
                    WHERE a.attrelid = 'refresh_tokens'::regclass
                      AND a.attname = w.column_name
                      AND NOT a.attisdropped
               )
    LOOP
        EXECUTE format('ALTER TABLE refresh_tokens ADD COLUMN %I %s',
                       wanted.column_name, wanted.data_type);
        IF wanted.default_value IS NOT NULL THEN
            EXECUTE format('ALTER TABLE refresh_tokens ALTER COLUMN %I SET DEFAULT %s',
                           wanted.column_name, wanted.default_value);
        END IF;
        EXECUTE format('COMMENT ON COLUMN refresh_tokens.%I IS %L',
                       wanted.column_name,
                       wanted.description || ' Added by refresh-tokens V3.');
    END LOOP;
END
$$;
