-- The roles a table's policies do not hold for, although they may work on it. That superusers see
-- everything goes without saying. An owner is held only by FORCE ROW LEVEL SECURITY.
SELECT n.nspname, c.relname, r.rolname,
       CASE WHEN r.rolbypassrls THEN 'attribute' ELSE 'owner' END
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_roles AS r
    ON NOT r.rolsuper
   AND (r.rolbypassrls
            AND has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
        OR r.oid = c.relowner AND NOT c.relforcerowsecurity)
WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND __SCOPE__
ORDER BY n.nspname, c.relname, r.rolname
