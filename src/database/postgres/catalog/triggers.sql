-- Triggers, rules and policies. See schemas.sql for what the columns mean.

-- The copies that a partition gets of its parent's trigger are listed where somebody switched
-- them on or off by themselves. Before 15 such copies count as internal.
SELECT 'trigger' AS kind, n.nspname AS schema, c.relname AS parent, g.tgname AS name,
       pg_get_triggerdef(g.oid) AS definition,
       CASE g.tgenabled WHEN 'D' THEN 'false' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always'
            -- Only a copy gets here that way.
            ELSE CASE WHEN u.oid IS NOT NULL THEN 'true' END
       END AS enabled,
       (SELECT d.description FROM pg_description AS d
        WHERE d.objoid = g.oid AND d.classoid = 'pg_trigger'::regclass
          AND d.objsubid = 0) AS comment
FROM pg_trigger AS g
JOIN pg_class AS c ON c.oid = g.tgrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_trigger AS u ON u.oid = g.tgparentid
LEFT JOIN pg_constraint AS k ON k.oid = g.tgconstraint AND k.contype <> 't'
WHERE k.oid IS NULL
  AND CASE WHEN g.tgparentid = 0 THEN NOT g.tgisinternal ELSE g.tgenabled <> u.tgenabled END
  AND __RELATION__;

SELECT 'rule' AS kind, n.nspname AS schema, c.relname AS parent, r.rulename AS name,
       pg_get_ruledef(r.oid) AS query,
       CASE r.ev_enabled WHEN 'D' THEN 'false' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always'
       END AS enabled,
       (SELECT d.description FROM pg_description AS d
        WHERE d.objoid = r.oid AND d.classoid = 'pg_rewrite'::regclass
          AND d.objsubid = 0) AS comment
FROM pg_rewrite AS r
JOIN pg_class AS c ON c.oid = r.ev_class
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN' AND __RELATION__;

-- Expressions that hold whole queries go by other names: servers differ in how they write those.
SELECT 'policy' AS kind, n.nspname AS schema, c.relname AS parent, o.polname AS name,
       CASE o.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
            WHEN 'd' THEN 'delete' ELSE 'all' END AS command,
       CASE WHEN NOT o.polpermissive THEN 'true' END AS restrictive,
       CASE WHEN o.polroles <> '{0}' THEN (
           SELECT string_agg(quote_ident(pg_get_userbyid(r)), ', ' ORDER BY pg_get_userbyid(r))
           FROM unnest(o.polroles) AS r)
       END AS roles,
       CASE WHEN o.polqual::text NOT LIKE '%{SUBLINK %'
            THEN pg_get_expr(o.polqual, o.polrelid) END AS "using",
       CASE WHEN o.polqual::text LIKE '%{SUBLINK %'
            THEN pg_get_expr(o.polqual, o.polrelid) END AS using_query,
       CASE WHEN o.polwithcheck::text NOT LIKE '%{SUBLINK %'
            THEN pg_get_expr(o.polwithcheck, o.polrelid) END AS "check",
       CASE WHEN o.polwithcheck::text LIKE '%{SUBLINK %'
            THEN pg_get_expr(o.polwithcheck, o.polrelid) END AS check_query,
       (SELECT d.description FROM pg_description AS d
        WHERE d.objoid = o.oid AND d.classoid = 'pg_policy'::regclass
          AND d.objsubid = 0) AS comment
FROM pg_policy AS o
JOIN pg_class AS c ON c.oid = o.polrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE __RELATION__;
