//! Killed or cut off anywhere, the same command ends with the same rows.

use std::time::{Duration, Instant};

use crate::support::{Cluster, Either, Moment, Project, Signal, SqliteFile, Stage, cut_everywhere};

const MIGRATE: &[&str] = &["migrate"];
const ROLLBACK: &[&str] = &["rollback", "--all", "--force"];
/// Large enough that backing up and putting back take a while each.
const ROWS: usize = 150_000;
/// Where in a run it is killed, in tenths of what the run takes.
const INSTANTS: [u32; 5] = [2, 4, 6, 8, 9];

/// A table that turnback finds.
fn ground(rows: usize) -> String {
    format!(
        "CREATE TABLE stock (id integer PRIMARY KEY, name text, price integer, note text);
         INSERT INTO stock WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
           WHERE i < {rows}) SELECT i, 'item ' || i, i % 997, 'note ' || i * 7 FROM n;"
    )
}

/// Three ways to lose something.
fn destroy(project: &Project) {
    project.migration(1, "overwrite", "UPDATE stock SET price = 0;", "-- values");
    let back = "ALTER TABLE stock ADD COLUMN note text;";
    project.migration(2, "drop", "ALTER TABLE stock DROP COLUMN note;", back);
    project.migration(3, "delete", "DELETE FROM stock WHERE id % 3 = 0;", "-- rows");
}

/// What there is in the table, as short as it can be said.
fn summary(database: &Either) -> String {
    let column = match database {
        Either::Postgres(_) => {
            "EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'stock'::regclass \
             AND attname = 'note' AND NOT attisdropped)::integer"
        }
        Either::Sqlite(_) => {
            "(SELECT count(*) FROM pragma_table_info('stock') WHERE name = 'note')"
        }
    };
    let has_note = database.query(&format!("SELECT {column}")) == "1";
    // Sums over every value, each bound to its row by the key.
    let note = if has_note { "sum(id % 1009 * length(note)), count(note)" } else { "'no note'" };
    database.query(&format!(
        "SELECT count(*), sum(id % 1013 * price), sum(id % 1009 * length(name)), {note} FROM stock"
    ))
}

fn timed(project: &Project, command: &[&str]) -> Duration {
    let began = Instant::now();
    project.run(command).expect_code(0);
    began.elapsed()
}

/// Kills the command after a while, looks, and runs it again.
fn insist(project: &Project, database: &Either, command: &[&str], after: Duration) -> String {
    let running = project.command(command).spawn();
    std::thread::sleep(after);
    running.signal(Signal::KILL);
    running.wait();
    project.run(command).expect_code(0);
    summary(database)
}

fn no_kill_does_harm(database: &Either) {
    match database {
        Either::Postgres(database) => drop(database.psql(&ground(ROWS))),
        Either::Sqlite(file) => file.execute(&ground(ROWS)),
    }
    let project = database.project();
    destroy(&project);
    let before = summary(database);
    let migration = timed(&project, MIGRATE);
    let behind = summary(database);
    assert_ne!(before, behind);
    let rollback = timed(&project, ROLLBACK);
    assert_eq!(summary(database), before, "it was not even killed");
    for instant in INSTANTS {
        let found = insist(&project, database, MIGRATE, migration * instant / 10);
        assert_eq!(found, behind, "migrating, killed at {instant}/10 of {migration:?}");
        let found = insist(&project, database, ROLLBACK, rollback * instant / 10);
        assert_eq!(found, before, "rolling back, killed at {instant}/10 of {rollback:?}");
    }
}

#[test]
fn a_kill_on_postgres_loses_no_row() {
    no_kill_does_harm(&Either::Postgres(Cluster::shared().database()));
}

#[test]
fn a_kill_on_sqlite_loses_no_row() {
    let database = Either::Sqlite(SqliteFile::new());
    no_kill_does_harm(&database);
    if let Either::Sqlite(file) = database {
        assert_eq!(file.files(), ["app.db"]);
    }
}

/// Every round trip of a whole run, with fewer rows and a single step.
fn no_cut_does_harm(moment: Moment) {
    let database = Cluster::shared().database();
    database.psql(&ground(300));
    let either = Either::Postgres(database);
    let before = summary(&either);
    let project = Project::new();
    let up = "UPDATE stock SET price = 0; ALTER TABLE stock DROP COLUMN note; \
              DELETE FROM stock WHERE id % 3 = 0;";
    project.migration(1, "destroy", up, "ALTER TABLE stock ADD COLUMN note text;");
    let Either::Postgres(database) = &either else { unreachable!("it was just made") };
    let trips = cut_everywhere(database, &project, moment, |stage, place| match stage {
        Stage::Migrated => {
            let left = "SELECT count(*), sum(price) FROM stock";
            assert_eq!(database.psql(left), "200|0", "{place}");
        }
        Stage::RolledBack => {
            assert_eq!(summary(&either), before, "{place}");
            // The next round begins where turnback has never been.
            database.psql("SET client_min_messages = error; DROP SCHEMA turnback CASCADE");
        }
    });
    assert!(trips > 20, "{trips} round trips are too few to be a whole run");
}

#[test]
fn a_cut_before_any_request_loses_no_row() {
    no_cut_does_harm(Moment::BeforeForwarding);
}

#[test]
fn a_cut_behind_any_reply_loses_no_row() {
    no_cut_does_harm(Moment::AfterReply);
}
