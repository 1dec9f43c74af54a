-- Takes V8's remark off the comments of the indexes it kept. Where there was no
-- comment before, there is none after.

DO $$
DECLARE
    kept record;
BEGIN
    FOR kept IN
        SELECT c.relname,
               nullif(regexp_replace(d.description, ' ?Kept by user-sessions V8\.$', ''), '') AS description
          FROM pg_index AS i
          JOIN pg_class AS c ON c.oid = i.indexrelid
          JOIN pg_description AS d
            ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
         WHERE i.indrelid = 'user_sessions'::regclass
           AND d.description LIKE '%Kept by user-sessions V8.'
    LOOP
        EXECUTE format('COMMENT ON INDEX %I IS %L', kept.relname, kept.description);
    END LOOP;
END
$$;
