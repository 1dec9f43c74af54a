-- Removes the columns that V3 added, which their comments name. Columns that
-- were here before, or that V1 created, stay.
-- turnback:backup refresh_tokens(device_name, device_fingerprint, ip_address, user_agent, last_used_at)

DO $$
DECLARE
    added name;
BEGIN
    FOR added IN
        SELECT a.attname
          FROM pg_attribute AS a
         WHERE a.attrelid = 'refresh_tokens'::regclass
           AND a.attnum > 0
           AND NOT a.attisdropped
           AND col_description(a.attrelid, a.attnum) LIKE '% Added by refresh-tokens V3.'
    LOOP
        EXECUTE format('ALTER TABLE refresh_tokens DROP COLUMN %I', added);
    END LOOP;
END
$$;
