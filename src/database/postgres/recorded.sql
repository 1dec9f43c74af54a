-- The event that decides each version's state: the last that is no failure, if there is one;
-- with the message of a failure that came after it. __SCHEMA__ and __SET__ are literals.
SELECT e.version, e.id, e.kind, e.name, e.script_sha256, e.rollback_sha256,
       to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), latest.failure,
       e.catalog_before_sha256, e.catalog_after_sha256
FROM (SELECT coalesce(max(id) FILTER (WHERE kind <> 'failed'), max(id)) AS decisive,
             max(id) AS latest
      FROM turnback.event
      WHERE schema_name = __SCHEMA__ AND set_name = __SET__
      GROUP BY version) AS v
JOIN turnback.event AS e ON e.id = v.decisive
JOIN turnback.event AS latest ON latest.id = v.latest
