-- The foreign keys of tables that hold rows, each once, however many partitions repeat it: both
-- tables, both lists of columns quoted, the types of the referenced ones, and the columns of the
-- referenced table that are not computed.
SELECT
    cn.nspname,
    c.relname,
    pn.nspname,
    p.relname,
    array_to_json(ARRAY(
        SELECT quote_ident(a.attname)
        FROM unnest(k.conkey) WITH ORDINALITY AS u (n, i)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.n
        ORDER BY u.i)),
    array_to_json(ARRAY(
        SELECT quote_ident(a.attname)
        FROM unnest(k.confkey) WITH ORDINALITY AS u (n, i)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.n
        ORDER BY u.i)),
    array_to_json(ARRAY(
        SELECT pg_catalog.format_type(a.atttypid, -1)
        FROM unnest(k.confkey) WITH ORDINALITY AS u (n, i)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.n
        ORDER BY u.i)),
    (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
     FROM pg_catalog.pg_attribute AS a
     WHERE a.attrelid = p.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '')
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace AS cn ON cn.oid = c.relnamespace
JOIN pg_catalog.pg_class AS p ON p.oid = k.confrelid
JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND cn.nspname <> 'turnback'
ORDER BY c.oid, k.conname
