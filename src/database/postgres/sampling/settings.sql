-- What scripts find set on the live database: where names are looked for and made, how times are
-- read, and whatever the database or the role says. What would only end or forbid the rehearsal is
-- left out.
SELECT name, setting
FROM pg_catalog.pg_settings
WHERE (
        name IN (
            'DateStyle', 'IntervalStyle', 'TimeZone', 'default_table_access_method',
            'default_text_search_config', 'search_path'
        )
        OR source IN ('database', 'user', 'database user') AND context IN ('user', 'superuser')
    )
    AND name NOT LIKE '%timeout%' AND name NOT LIKE '%read\_only'
    AND name NOT IN ('role', 'session_authorization', 'session_replication_role')
ORDER BY name
