//! The program itself, with as many files as anybody has.

use std::time::Duration;

use super::write_small_migrations;
use crate::support::{Cluster, Project, in_memory, poll};

const THOUSANDS: i64 = 5_000;
/// A busy machine may need more than the harness waits for other runs.
const LONG: Duration = Duration::from_mins(5);

fn migrate_and_ask(project: &Project) {
    write_small_migrations(project, THOUSANDS);
    let mut running = project.command(&["migrate", "--format", "json"]).spawn();
    poll(LONG, || (!running.is_running()).then_some(())).expect("it comes to an end");
    let run = running.wait().expect_code(0);
    let done = run.json()["migrations"].as_array().map(Vec::len);
    assert_eq!(done, usize::try_from(THOUSANDS).ok());

    let status = project.run(&["status", "--exit-code", "--format", "json"]).expect_code(0).json();
    assert_eq!((&status["current_version"], &status["pending"]), (&THOUSANDS.into(), &0.into()));
    let migrations = status["migrations"].as_array().expect("it is a list");
    assert_eq!(migrations.len(), usize::try_from(THOUSANDS).unwrap());
    assert!(migrations.iter().all(|migration| migration["state"] == "applied"));

    let text = project.run(&["status"]).expect_code(0).stdout;
    assert!(text.ends_with("\n5000 applied\n"), "{}", &text[text.len() - 200..]);
    let again = project.run(&["migrate"]).expect_code(0);
    assert!(again.stdout.ends_with(": nothing left to apply\n"), "{again}");
}

#[test]
fn five_thousand_migrations_apply_on_sqlite_and_status_answers() {
    let directory = in_memory();
    let file = directory.path().join("app.db");
    migrate_and_ask(&Project::new().url(&format!("sqlite:{}", file.display())));
}

#[test]
fn five_thousand_migrations_apply_on_postgres_and_status_answers() {
    let database = Cluster::shared().database();
    migrate_and_ask(&Project::for_database(&database));
    assert_eq!(database.psql("SELECT count(*) FROM refinery_schema_history"), "5000");
}
