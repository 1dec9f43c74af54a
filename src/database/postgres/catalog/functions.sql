-- Functions, procedures and aggregates. See schemas.sql for what the columns mean.

SELECT CASE f.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS kind,
       n.nspname AS schema, NULL AS parent,
       f.proname || '(' || oidvectortypes(f.proargtypes) || ')' AS name,
       pg_get_userbyid(f.proowner) AS owner,
       l.lanname AS language,
       pg_get_function_result(f.oid) AS returns,
       CASE WHEN f.pronargs > 0 OR f.proallargtypes IS NOT NULL
            THEN pg_get_function_arguments(f.oid) END AS arguments,
       CASE WHEN f.prosqlbody IS NULL THEN f.prosrc END AS body,
       CASE WHEN f.prosqlbody IS NOT NULL THEN pg_get_function_sqlbody(f.oid) END AS sql_body,
       f.probin AS library,
       CASE WHEN f.prokind = 'w' THEN 'true' END AS "window",
       CASE f.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' END AS volatility,
       CASE WHEN f.proisstrict THEN 'true' END AS strict,
       CASE WHEN f.proleakproof THEN 'true' END AS leakproof,
       CASE WHEN f.prosecdef THEN 'true' END AS security_definer,
       CASE f.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' END AS parallel,
       nullif(f.procost, CASE WHEN l.lanname IN ('c', 'internal') THEN 1 ELSE 100 END) AS cost,
       nullif(f.prorows, CASE WHEN f.proretset THEN 1000 ELSE 0 END) AS rows,
       nullif(f.prosupport::oid, 0)::regproc AS support,
       CASE WHEN f.protrftypes IS NOT NULL THEN (
           SELECT string_agg(format_type(t, NULL), ', ' ORDER BY format_type(t, NULL) COLLATE "C")
           FROM unnest(f.protrftypes) AS t)
       END AS transforms,
       CASE WHEN f.proconfig IS NOT NULL THEN (
           SELECT string_agg(s, E'\n' ORDER BY s COLLATE "C") FROM unnest(f.proconfig) AS s)
       END AS settings,
       (SELECT d.description FROM pg_description AS d
        WHERE d.objoid = f.oid AND d.classoid = 'pg_proc'::regclass
          AND d.objsubid = 0) AS comment,
       CASE WHEN p.acl IS NOT NULL THEN (__GRANTS__) END AS grants
FROM pg_proc AS f
JOIN pg_namespace AS n ON n.oid = f.pronamespace
JOIN pg_language AS l ON l.oid = f.prolang
CROSS JOIN LATERAL (
    SELECT f.proacl AS acl, f.proowner AS owner, acldefault('f', f.proowner) AS usual
) AS p
WHERE f.prokind <> 'a' AND f.oid NOT IN (__MEMBERS__ 'pg_proc'::regclass) AND __SCOPE__
  -- A range type comes with functions that construct it.
  AND NOT (l.lanname = 'internal' AND EXISTS (
      SELECT FROM pg_depend AS o
      WHERE o.classid = 'pg_proc'::regclass AND o.objid = f.oid AND o.deptype = 'i'));

SELECT 'aggregate' AS kind, n.nspname AS schema, NULL AS parent,
       f.proname || '(' || oidvectortypes(f.proargtypes) || ')' AS name,
       pg_get_userbyid(f.proowner) AS owner,
       pg_get_function_result(f.oid) AS returns,
       CASE WHEN f.pronargs > 0 THEN pg_get_function_arguments(f.oid) END AS arguments,
       CASE a.aggkind WHEN 'o' THEN 'ordered set' WHEN 'h' THEN 'hypothetical set' END AS form,
       nullif(a.aggnumdirectargs, 0) AS direct_arguments,
       a.aggtransfn::regprocedure AS state_function,
       format_type(a.aggtranstype, NULL) AS state_type,
       nullif(a.aggtransspace, 0) AS state_size,
       a.agginitval AS initial,
       nullif(a.aggfinalfn::oid, 0)::regprocedure AS final_function,
       CASE WHEN a.aggfinalextra THEN 'true' END AS final_extra,
       CASE WHEN a.aggfinalfn <> 0 THEN a.aggfinalmodify END AS final_modifies,
       nullif(a.aggcombinefn::oid, 0)::regprocedure AS combine_function,
       nullif(a.aggserialfn::oid, 0)::regprocedure AS serial_function,
       nullif(a.aggdeserialfn::oid, 0)::regprocedure AS deserial_function,
       nullif(a.aggmtransfn::oid, 0)::regprocedure AS moving_state_function,
       nullif(a.aggminvtransfn::oid, 0)::regprocedure AS moving_inverse_function,
       CASE WHEN a.aggmtranstype <> 0 THEN format_type(a.aggmtranstype, NULL)
       END AS moving_state_type,
       nullif(a.aggmtransspace, 0) AS moving_state_size,
       a.aggminitval AS moving_initial,
       nullif(a.aggmfinalfn::oid, 0)::regprocedure AS moving_final_function,
       CASE WHEN a.aggmfinalextra THEN 'true' END AS moving_final_extra,
       CASE WHEN a.aggmfinalfn <> 0 THEN a.aggmfinalmodify END AS moving_final_modifies,
       nullif(a.aggsortop, 0)::regoperator AS sort_operator,
       CASE f.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' END AS parallel,
       (SELECT d.description FROM pg_description AS d
        WHERE d.objoid = f.oid AND d.classoid = 'pg_proc'::regclass
          AND d.objsubid = 0) AS comment,
       CASE WHEN p.acl IS NOT NULL THEN (__GRANTS__) END AS grants
FROM pg_aggregate AS a
JOIN pg_proc AS f ON f.oid = a.aggfnoid
JOIN pg_namespace AS n ON n.oid = f.pronamespace
CROSS JOIN LATERAL (
    SELECT f.proacl AS acl, f.proowner AS owner, acldefault('f', f.proowner) AS usual
) AS p
WHERE f.oid NOT IN (__MEMBERS__ 'pg_proc'::regclass) AND __SCOPE__;
