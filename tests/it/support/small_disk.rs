//! A server with a disk so small that a test can fill it up.

use std::ops::Deref;

use super::cluster::Cluster;
use super::database::Database;
use super::place::Place;

/// Its size in megabytes.
const SIZE: u32 = 16;
/// Mounts the disk where nobody but the server sees it, which needs no privileges, and becomes the
/// server, which refuses to run as root.
const MOUNT: &str = r#"
disk=$1 size=$2
shift 2
mount -t tmpfs -o "size=${size}m,mode=0700" tmpfs "$disk" &&
    exec unshare --user --map-user=26 --map-group=26 "$@"
"#;
/// Takes all room there is: whole pages, as long as there is any.
const FILL: &str = "CREATE TABLE filler (x text) TABLESPACE small;
    ALTER TABLE filler ALTER x SET STORAGE PLAIN;
    DO $$ BEGIN LOOP
        BEGIN INSERT INTO filler VALUES (repeat('x', 7000)); EXCEPTION WHEN disk_full THEN EXIT; END;
    END LOOP; END $$;";

/// A PostgreSQL server for one test, with a tablespace `small` on a disk of its own.
pub struct SmallDisk(Cluster);

impl SmallDisk {
    /// Starts it.
    pub fn new() -> Self {
        let place = Place::claim("pg-small");
        let disk = place.directory("disk", 0o700);
        let own = ["--user", "--map-root-user", "--mount", "sh", "-c", MOUNT, "sh"];
        let mut program = vec!["unshare".into()];
        program.extend(own.map(Into::into));
        program.extend([disk.clone().into(), SIZE.to_string().into()]);
        let cluster = Cluster::below(place, program);
        cluster.psql(&format!("CREATE TABLESPACE small LOCATION '{}'", disk.display()));
        Self(cluster)
    }

    /// Takes all the room that is left.
    pub fn fill(database: &Database) {
        database.psql(FILL);
    }

    /// Gives it back.
    pub fn clear(database: &Database) {
        database.psql("DROP TABLE filler; CHECKPOINT");
    }
}

impl Deref for SmallDisk {
    type Target = Cluster;

    fn deref(&self) -> &Cluster {
        &self.0
    }
}
