-- The privileges of an object that are not the usual ones, a line for each grantee; NULL where all
-- are. `p` has the list as it is, the usual one, and the owner, whose usual privileges are called
-- ALL: which ones that are differs between servers (17 brought MAINTAIN). An owner may grant all
-- of them, whatever the list says.
SELECT string_agg(
           format('%s: %s%s%s',
                  CASE l.grantee WHEN 0 THEN 'PUBLIC'
                       ELSE quote_ident(pg_get_userbyid(l.grantee)) END,
                  CASE WHEN l.held IS NULL THEN 'none'
                       WHEN l.held = l.everything THEN 'ALL'
                       ELSE l.held END,
                  CASE WHEN l.is_grantable THEN ' WITH GRANT OPTION' END,
                  CASE WHEN l.grantor <> p.owner
                       THEN ' GRANTED BY ' || quote_ident(pg_get_userbyid(l.grantor)) END),
           E'\n' ORDER BY CASE l.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(l.grantee) END,
                          l.is_grantable, pg_get_userbyid(l.grantor))
FROM (
    SELECT s.*, max(s.usual) FILTER (WHERE s.grantee = p.owner) OVER () AS everything
    FROM (
        SELECT e.grantee, e.grantor, e.is_grantable AND e.grantee <> p.owner AS is_grantable,
               string_agg(e.privilege_type, ', ' ORDER BY e.privilege_type COLLATE "C")
                   FILTER (WHERE e.actual) AS held,
               string_agg(e.privilege_type, ', ' ORDER BY e.privilege_type COLLATE "C")
                   FILTER (WHERE NOT e.actual) AS usual
        FROM (
            SELECT true AS actual, x.* FROM aclexplode(p.acl) AS x
            UNION ALL
            SELECT false AS actual, x.* FROM aclexplode(p.usual) AS x
        ) AS e
        GROUP BY 1, 2, 3
    ) AS s
) AS l
WHERE l.held IS DISTINCT FROM l.usual
