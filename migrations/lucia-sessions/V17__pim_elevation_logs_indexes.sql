-- The elevations of a person, and those of a time.
--
-- Apart from the table, so that an adopted table receives them too.

CREATE INDEX IF NOT EXISTS idx_pim_elevation_email ON pim_elevation_logs (email);
CREATE INDEX IF NOT EXISTS idx_pim_elevation_at ON pim_elevation_logs (elevated_at);
