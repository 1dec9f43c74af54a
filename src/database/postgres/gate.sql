-- Takes the tables that a script will lock before its first statement: each once, in the strongest
-- mode it will be needed in, by ascending number, so that no two runners wait for each other. What
-- the script names is in `named`; the catalog knows what is locked with it. From the first lock on,
-- all waits together last no longer than one: so long others wait for us, and the server looks for
-- a deadlock only later.
DECLARE
    wanted record;
    since timestamptz;
    patience CONSTANT int := __WAIT__;
BEGIN
    FOR wanted IN
        WITH RECURSIVE named (statement, name, lock, reach, which, key) AS (
            VALUES __ROWS__
        ),
        root AS (
            SELECT n.statement, n.lock, n.reach, n.which, n.key, c.oid, c.relkind
            FROM named AS n
            JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(n.name)
            WHERE n.reach <> 'contents'
            UNION ALL
            -- As if each were dropped with CASCADE; without it there is nothing in the schema.
            SELECT n.statement, n.lock, dropped.reach, 'all', n.key, c.oid, c.relkind
            FROM named AS n
            JOIN pg_catalog.pg_class AS c ON c.relnamespace = pg_catalog.to_regnamespace(n.name)
            CROSS JOIN (VALUES ('itself'), ('heirs'), ('whole'), ('referenced'), ('referencing'))
                AS dropped (reach)
            WHERE n.reach = 'contents'
        ),
        -- A table with all that inherit from it.
        family (head, member) AS (
            SELECT DISTINCT oid, oid FROM root
            WHERE reach IN ('heirs', 'partitions', 'referenced', 'referencing', 'emptied')
            UNION
            SELECT f.head, i.inhrelid
            FROM family AS f
            JOIN pg_catalog.pg_inherits AS i ON i.inhparent = f.member
        ),
        -- What TRUNCATE ... CASCADE goes on to.
        emptied (head, member) AS (
            SELECT f.head, f.member
            FROM family AS f
            JOIN root AS r ON r.oid = f.head AND r.reach = 'emptied'
            UNION
            SELECT e.head, k.conrelid
            FROM emptied AS e
            JOIN pg_catalog.pg_constraint AS k ON k.confrelid = e.member AND k.contype = 'f'
        ),
        reached (statement, lock, relation) AS (
            SELECT statement, lock, oid FROM root WHERE reach = 'itself'
            UNION ALL
            SELECT r.statement, r.lock, f.member
            FROM root AS r
            JOIN family AS f ON f.head = r.oid
            WHERE f.member <> r.oid
              AND (r.reach = 'heirs' OR r.reach = 'partitions' AND r.relkind = 'p')
            UNION ALL
            SELECT r.statement, r.lock, e.member
            FROM root AS r
            JOIN emptied AS e ON e.head = r.oid
            WHERE r.reach = 'emptied'
            UNION ALL
            SELECT r.statement, r.lock, p.partdefid
            FROM root AS r
            JOIN pg_catalog.pg_partitioned_table AS p ON p.partrelid = r.oid
            WHERE r.reach = 'default'
            UNION ALL
            SELECT r.statement, r.lock, unnest(ARRAY[p.partrelid, p.partdefid])
            FROM root AS r
            JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = r.oid
            JOIN pg_catalog.pg_partitioned_table AS p ON p.partrelid = i.inhparent
            WHERE r.reach = 'whole'
            UNION ALL
            SELECT r.statement, r.lock, i.indrelid
            FROM root AS r
            JOIN pg_catalog.pg_index AS i ON i.indexrelid = r.oid
            WHERE r.reach = 'indexed'
            UNION ALL
            SELECT r.statement, r.lock, k.confrelid
            FROM root AS r
            JOIN family AS f ON f.head = r.oid
            JOIN pg_catalog.pg_constraint AS k ON k.conrelid = f.member AND k.contype = 'f'
            -- That of a partition goes by another name.
            LEFT JOIN pg_catalog.pg_constraint AS whole ON whole.oid = k.conparentid
            WHERE r.reach = 'referenced' AND CASE r.which
                WHEN 'all' THEN true
                WHEN 'name' THEN r.key IN (k.conname, whole.conname)
                ELSE EXISTS (
                    SELECT FROM pg_catalog.pg_attribute AS a
                    WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
                      AND a.attname = r.key)
                END
            UNION ALL
            SELECT r.statement, r.lock, k.conrelid
            FROM root AS r
            JOIN family AS f ON f.head = r.oid
            JOIN pg_catalog.pg_constraint AS k ON k.confrelid = f.member AND k.contype = 'f'
            WHERE r.reach = 'referencing' AND (r.which = 'all' OR EXISTS (
                SELECT FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey)
                  AND a.attname = r.key))
        )
        SELECT
            n.nspname, c.relname, min(r.statement) AS statement,
            (ARRAY['ACCESS SHARE', 'ROW SHARE', 'ROW EXCLUSIVE', 'SHARE UPDATE EXCLUSIVE', 'SHARE',
                   'SHARE ROW EXCLUSIVE', 'EXCLUSIVE', 'ACCESS EXCLUSIVE'])[max(r.lock)] AS mode,
            count(*) OVER () AS tables,
            -- It would be locked weakly first, and another one may do the same.
            bool_or((array_agg(r.lock ORDER BY r.statement, r.lock DESC))[1] < max(r.lock))
                OVER () AS is_raised
        FROM reached AS r
        JOIN pg_catalog.pg_class AS c ON c.oid = r.relation
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p')
          -- Nobody else sees it.
          AND c.relpersistence <> 't'
          -- LOCK TABLE asks for more than some of the statements that lock.
          AND pg_catalog.has_table_privilege(c.oid, '__RIGHTS__')
          AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
        GROUP BY c.oid, n.nspname, c.relname
        -- SHARE, the weakest that holds off writes.
        HAVING max(r.lock) >= 5
        ORDER BY c.oid
    LOOP
        -- A single table is locked by its first statement as well.
        EXIT WHEN NOT (__ALWAYS__ OR wanted.is_raised OR wanted.tables > 1);
        PERFORM pg_catalog.set_config('lock_timeout', greatest(1, patience - coalesce(
            extract(epoch FROM pg_catalog.clock_timestamp() - since) * 1000, 0)::int)::text, true);
        BEGIN
            EXECUTE pg_catalog.format('LOCK TABLE ONLY %I.%I IN %s MODE -- for statement %s',
                wanted.nspname, wanted.relname, wanted.mode, wanted.statement);
            since := coalesce(since, pg_catalog.clock_timestamp());
        EXCEPTION
            -- It was dropped meanwhile: the script will say so if it needs it.
            WHEN undefined_table THEN NULL;
        END;
    END LOOP;
    PERFORM pg_catalog.set_config('lock_timeout', patience::text, true);
END
