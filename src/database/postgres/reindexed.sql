-- The table __NAME__, or that of the index of this name, with its partitions.
WITH of AS (
    SELECT coalesce(own.indrelid, named.oid) AS oid
    FROM pg_catalog.pg_class AS named
    LEFT JOIN pg_catalog.pg_index AS own ON own.indexrelid = named.oid
    WHERE named.oid = to_regclass(__NAME__)
)
SELECT oid FROM of
UNION
SELECT part.relid FROM of CROSS JOIN LATERAL pg_catalog.pg_partition_tree(of.oid) AS part
