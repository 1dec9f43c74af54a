-- The numbers of the tables that a script can touch which names the relations $1 and calls the functions
-- $2, as a list; no row where that cannot be known. No table has the number 0. The server's own functions
-- change no table's rows.
WITH RECURSIVE named AS (
    SELECT oid, relkind FROM pg_catalog.pg_class WHERE relname = ANY ($1)
),
tree AS (
    SELECT oid FROM named WHERE relkind IN ('r', 'p')
    UNION
    SELECT near.oid
    FROM tree
    CROSS JOIN LATERAL (
        SELECT inhrelid FROM pg_catalog.pg_inherits WHERE inhparent = tree.oid
        UNION ALL
        SELECT inhparent FROM pg_catalog.pg_inherits WHERE inhrelid = tree.oid
    ) AS near (oid)
)
SELECT coalesce(string_agg(oid::text, ', '), '0')
FROM tree
HAVING NOT EXISTS (SELECT FROM named WHERE relkind = 'v')
   AND NOT EXISTS (
       SELECT FROM pg_catalog.pg_proc
       WHERE proname = ANY ($2) AND pronamespace <> 'pg_catalog'::regnamespace)
   AND NOT EXISTS (
       SELECT FROM tree
       JOIN pg_catalog.pg_attrdef AS a ON a.adrelid = tree.oid
       JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_attrdef'::regclass AND d.objid = a.oid
       WHERE d.refclassid = 'pg_proc'::regclass)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_event_trigger WHERE evtenabled <> 'D')
   AND NOT EXISTS (
       SELECT FROM tree JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = tree.oid
       WHERE NOT t.tgisinternal AND t.tgenabled <> 'D')
   AND NOT EXISTS (
       SELECT FROM tree JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = tree.oid)
   -- The constraints of the tables that refer to one of these are found by its internal triggers,
   -- which are indexed by table.
   AND NOT EXISTS (
       SELECT FROM tree
       JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = tree.oid AND t.tgconstraint <> 0
       JOIN pg_catalog.pg_constraint AS f ON f.oid = t.tgconstraint AND f.confrelid = tree.oid
       WHERE f.confdeltype NOT IN ('a', 'r') OR f.confupdtype NOT IN ('a', 'r'))
