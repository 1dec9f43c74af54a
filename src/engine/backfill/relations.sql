-- A table and all that lie below it: partitions and tables that inherit from it. The size of a block is the server's.
WITH RECURSIVE root AS (
    SELECT to_regclass(__TABLE__)::oid AS oid
),
tree AS (
    SELECT oid FROM root WHERE oid IS NOT NULL
    UNION
    SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.oid
    WHERE __BELOW__
)
SELECT format('%I.%I', n.nspname, c.relname),
       c.relkind,
       c.relpersistence,
       c.oid::text,
       CASE c.relkind WHEN 'r' THEN
           (pg_relation_size(c.oid) + current_setting('block_size')::int8 - 1) / current_setting('block_size')::int8
       ELSE 0 END,
       coalesce(a.amname, ''),
       greatest(c.reltuples, -1)::int8,
       c.relispartition,
       CASE c.relkind WHEN 'r' THEN pg_table_size(c.oid) ELSE 0 END,
       CASE c.relkind WHEN 'r' THEN pg_indexes_size(c.oid) ELSE 0 END
FROM tree
JOIN pg_catalog.pg_class AS c ON c.oid = tree.oid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_am AS a ON a.oid = c.relam
ORDER BY (c.oid = (SELECT oid FROM root)) DESC, c.oid
