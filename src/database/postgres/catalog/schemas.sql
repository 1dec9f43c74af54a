-- The catalog of the schemas in scope. One SELECT for each kind of object; each row is one object.
--
-- The first four columns are the object's key: kind, schema, parent, name. Every further column is
-- a property under the column's own name, left out where NULL; so a property that has its default
-- value is NULL. A column named `noted_…` does not enter the fingerprint.
--
-- Lists are sorted, always COLLATE "C": the database's own order may be another one elsewhere.
--
-- Comments are looked up for each object, by index: the server's own objects have five thousand.
--
-- `__SCOPE__` stands for a condition on pg_namespace AS n, `__RELATION__` for relation.sql,
-- `__MEMBERS__ 'pg_proc'::regclass)` for the objects of that class that belong to extensions, and
-- `__GRANTS__` for grants.sql. A line that ends in `-- 15+` is for servers from that version on.

SELECT 'schema' AS kind, NULL AS schema, NULL AS parent, n.nspname AS name,
       p.shown_owner AS owner,
       -- What initdb writes.
       (SELECT d.description FROM pg_description AS d
        WHERE d.objoid = n.oid AND d.classoid = 'pg_namespace'::regclass AND d.objsubid = 0
          AND NOT (n.nspname = 'public' AND d.description = 'standard public schema')) AS comment,
       CASE WHEN p.acl IS NOT NULL THEN (__GRANTS__) END AS grants
FROM pg_namespace AS n
CROSS JOIN LATERAL (
    -- The schema `public` counts as usual as initdb makes it, which PostgreSQL 15 changed.
    SELECT n.nspacl AS acl, n.nspowner AS owner,
           acldefault('n', n.nspowner)
               || CASE WHEN n.nspname = 'public'
                       THEN ARRAY[format('=U/%I', pg_get_userbyid(n.nspowner))::aclitem] -- 15+
                       THEN ARRAY[format('=UC/%I', pg_get_userbyid(n.nspowner))::aclitem] -- <15
                       ELSE '{}' END AS usual,
           CASE WHEN n.nspname = 'public'
                AND pg_get_userbyid(n.nspowner) = 'pg_database_owner' -- 15+
                AND n.nspowner = 10 -- <15
                THEN NULL ELSE pg_get_userbyid(n.nspowner) END AS shown_owner
) AS p
WHERE n.oid NOT IN (__MEMBERS__ 'pg_namespace'::regclass) AND __SCOPE__;

-- A dump does not tell whose an extension is.
SELECT 'extension' AS kind, NULL AS schema, NULL AS parent, e.extname AS name,
       n.nspname AS in_schema,
       (SELECT d.description FROM pg_description AS d
        WHERE d.objoid = e.oid AND d.classoid = 'pg_extension'::regclass
          AND d.objsubid = 0) AS comment,
       e.extversion AS noted_version, pg_get_userbyid(e.extowner) AS noted_owner
FROM pg_extension AS e
JOIN pg_namespace AS n ON n.oid = e.extnamespace;

-- Those for a schema add to the global ones, so that nothing is usual for them.
SELECT 'default_privileges' AS kind, n.nspname AS schema, NULL AS parent,
       format('%s for role %I',
              CASE a.defaclobjtype
                  WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
                  WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' WHEN 'L' THEN 'large objects'
                  ELSE a.defaclobjtype::text END,
              pg_get_userbyid(a.defaclrole)) AS name,
       (__GRANTS__) AS grants
FROM pg_default_acl AS a
LEFT JOIN pg_namespace AS n ON n.oid = a.defaclnamespace
CROSS JOIN LATERAL (
    SELECT a.defaclacl AS acl, a.defaclrole AS owner,
           CASE WHEN a.defaclnamespace = 0
                THEN acldefault(CASE a.defaclobjtype WHEN 'S' THEN 's'
                                     ELSE a.defaclobjtype END, a.defaclrole)
                ELSE NULL END AS usual
) AS p
WHERE a.defaclnamespace = 0 OR __SCOPE__;

SELECT 'event_trigger' AS kind, NULL AS schema, NULL AS parent, e.evtname AS name,
       pg_get_userbyid(e.evtowner) AS owner, e.evtevent AS event,
       e.evtfoid::regprocedure AS function,
       (SELECT string_agg(t, ', ' ORDER BY t COLLATE "C") FROM unnest(e.evttags) AS t) AS tags,
       CASE e.evtenabled WHEN 'D' THEN 'false' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always'
       END AS enabled,
       (SELECT d.description FROM pg_description AS d
        WHERE d.objoid = e.oid AND d.classoid = 'pg_event_trigger'::regclass
          AND d.objsubid = 0) AS comment
FROM pg_event_trigger AS e
WHERE e.oid NOT IN (__MEMBERS__ 'pg_event_trigger'::regclass);

SELECT 'publication' AS kind, NULL AS schema, NULL AS parent, b.pubname AS name,
       pg_get_userbyid(b.pubowner) AS owner,
       CASE WHEN b.puballtables THEN 'true' END AS all_tables,
       CASE WHEN NOT (b.pubinsert AND b.pubupdate AND b.pubdelete AND b.pubtruncate)
            THEN concat_ws(', ', CASE WHEN b.pubinsert THEN 'insert' END,
                           CASE WHEN b.pubupdate THEN 'update' END,
                           CASE WHEN b.pubdelete THEN 'delete' END,
                           CASE WHEN b.pubtruncate THEN 'truncate' END)
       END AS publish,
       CASE WHEN b.pubviaroot THEN 'true' END AS via_partition_root,
       CASE b.pubgencols WHEN 's' THEN 'stored' END AS generated_columns, -- 18+
       (SELECT string_agg(
                   r.prrelid::regclass::text
                   || coalesce(' (' || ( -- 15+
                          SELECT string_agg(quote_ident(a.attname), ', ' -- 15+
                                            ORDER BY a.attname COLLATE "C") -- 15+
                          FROM pg_attribute AS a -- 15+
                          WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)) -- 15+
                          || ')', '') -- 15+
                   || coalesce(' WHERE ' || pg_get_expr(r.prqual, r.prrelid), '') -- 15+
                   , E'\n' ORDER BY r.prrelid::regclass::text COLLATE "C")
        FROM pg_publication_rel AS r WHERE r.prpubid = b.oid) AS tables,
       (SELECT string_agg(n.nspname, ', ' ORDER BY n.nspname) -- 15+
        FROM pg_publication_namespace AS s -- 15+
        JOIN pg_namespace AS n ON n.oid = s.pnnspid -- 15+
        WHERE s.pnpubid = b.oid) AS schemas, -- 15+
       (SELECT d.description FROM pg_description AS d
        WHERE d.objoid = b.oid AND d.classoid = 'pg_publication'::regclass
          AND d.objsubid = 0) AS comment
FROM pg_publication AS b
WHERE b.oid NOT IN (__MEMBERS__ 'pg_publication'::regclass);
