-- Who took on a privileged role (privileged identity management), and when it
-- was given up.
--
-- AUTOINCREMENT: the number of a deleted row is never used again, so a gap shows
-- that rows are gone. SQLite keeps the counter in a table of its own,
-- sqlite_sequence, which stays when this one is dropped.
-- turnback:adopt-if table pim_elevation_logs(id, email, role, action, elevated_at)

CREATE TABLE IF NOT EXISTS pim_elevation_logs (
    id          integer PRIMARY KEY AUTOINCREMENT,
    email       text NOT NULL,
    role        text NOT NULL,
    action      text NOT NULL CHECK (action IN ('elevate', 'drop')),
    elevated_at text NOT NULL DEFAULT (datetime('now')),
    expires_at  text
);
