-- Removes the indexes of V17.

DROP INDEX idx_pim_elevation_at;
DROP INDEX idx_pim_elevation_email;
