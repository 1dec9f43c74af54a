-- How many bytes tables take, those of their partitions included. To measure one takes a lock that
-- only ACCESS EXCLUSIVE keeps away. The partition tree of a table without partitions is empty.
SELECT t.i, sum(pg_table_size(p.relid)), sum(pg_indexes_size(p.relid)),
    sum(pg_total_relation_size(p.relid))
FROM unnest(ARRAY[__NAMES__]::text[]) WITH ORDINALITY AS t (name, i)
JOIN pg_class AS c ON c.oid = to_regclass(t.name)
CROSS JOIN LATERAL (
    SELECT c.oid::regclass AS relid
    UNION
    SELECT tree.relid FROM pg_partition_tree(c.oid) AS tree
) AS p
WHERE c.relkind IN ('r', 'p', 'm')
GROUP BY t.i
ORDER BY t.i
