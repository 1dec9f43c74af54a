//! Backfills in batches on real servers: with an application at work, with rows that cannot be
//! changed, on a server that is disturbed, on tables of all kinds.

mod application;
mod becoming;
mod disturbances;
mod fire;
mod growth;
mod locks;
mod poison;
mod replica;
mod shapes;

use std::time::Duration;

use crate::support::{Client, Cluster, Database, PATIENCE, Project, Run, poll};

/// The seeds of a run of tests.
fn seeds(count: u64) -> Vec<u64> {
    if let Ok(seed) = std::env::var("TURNBACK_SEED") {
        return vec![seed.parse().expect("TURNBACK_SEED is a whole number")];
    }
    let first = u64::from(fastrand::u32(..));
    (first..first + count).collect()
}

/// A database that turnback finds, and a project whose only migration has a backfill.
struct Stand {
    database: Database,
    project: Project,
}

impl Stand {
    fn new(ground: &str, migration: &str) -> Self {
        Self::on(Cluster::shared(), ground, migration)
    }

    fn on(cluster: &Cluster, ground: &str, migration: &str) -> Self {
        let database = cluster.database();
        database.psql(ground);
        let project = Project::for_database(&database);
        project.migration(1, "backfill", migration, "-- values");
        Self { database, project }
    }

    fn migrate(&self) -> Run {
        self.project.run(&["migrate"])
    }

    /// Runs it to its end, without a backup.
    fn migrate_for_good(&self) -> Run {
        self.project.run(&["migrate", "--no-backup", "--force"])
    }

    #[track_caller]
    fn expect(&self, sql: &str, answer: &str) -> &Self {
        assert_eq!(self.database.psql(sql), answer, "{sql}");
        self
    }

    /// Waits until batches have changed rows.
    fn wait_until_under_way(&self) {
        let client = Client::connect(&self.database);
        let rows = "SELECT coalesce(sum(row_count), 0) > 0 FROM turnback.backfill_unit";
        poll(PATIENCE, || (client.ask(rows).as_deref() == Ok("t")).then_some(()))
            .expect("a backfill changes rows sooner or later");
    }
}

/// A table of some hundred blocks, each of whose rows takes its time: a run of about two seconds.
const SLOW: &str = "CREATE TABLE item (id int PRIMARY KEY, value int, note text);
    INSERT INTO item SELECT i, NULL, repeat('n', 150) FROM generate_series(1, 8000) AS i;
    CREATE FUNCTION slow(i int) RETURNS int LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(0.0003); RETURN i; END $$;";
const SLOWLY: &str = "-- turnback:backfill item
UPDATE item SET value = slow(id) WHERE value IS NULL;
ALTER TABLE item ALTER COLUMN value SET NOT NULL;";
/// All rows, each once, with its value.
const ALL: &str =
    "SELECT count(*), count(DISTINCT id), count(*) FILTER (WHERE value = id) FROM item";
const ALL_DONE: &str = "8000|8000|8000";

fn pause(milliseconds: u64) {
    std::thread::sleep(Duration::from_millis(milliseconds));
}
