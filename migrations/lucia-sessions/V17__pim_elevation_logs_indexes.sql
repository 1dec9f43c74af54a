-- The elevations of a person, and those of a time.
--
-- Apart from the table, so that an adopted table receives them too.

-- An index of the same name that was here before is refused; V6 says why and how.
SELECT json_extract('{}', 'index names of this set are taken by other indexes: '
                          || group_concat(name, ', ') || '. Drop them and run this again.')
  FROM sqlite_schema
 WHERE type = 'index'
   AND lower(name) IN (
           'idx_pim_elevation_email',
           'idx_pim_elevation_at'
       )
   AND sql NOT LIKE '%/* lucia-sessions */%'
 GROUP BY type;

CREATE INDEX IF NOT EXISTS idx_pim_elevation_email ON pim_elevation_logs (email /* lucia-sessions */);
CREATE INDEX IF NOT EXISTS idx_pim_elevation_at ON pim_elevation_logs (elevated_at /* lucia-sessions */);
