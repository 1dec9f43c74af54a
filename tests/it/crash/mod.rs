//! Killed anywhere, the same command continues: nothing runs twice, nothing is half recorded.

mod cuts;
mod servers;
mod signals;
mod sqlite;

use crate::support::{Cluster, Database, Project};

/// A migration that takes as long as the table `pace` says, behind a quick one.
fn paced() -> (Database, Project) {
    let database = Cluster::shared().database();
    let project = pace(&database);
    (database, project)
}

fn pace(database: &Database) -> Project {
    database.psql(
        "CREATE TABLE log (what text); CREATE TABLE pace (seconds int);
         INSERT INTO pace VALUES (600)",
    );
    let project = Project::for_database(database);
    project.migration(1, "quick", "INSERT INTO log VALUES ('quick');", "DELETE FROM log;");
    let paced = "INSERT INTO log VALUES ('before');\n\
        INSERT INTO log SELECT 'paced' FROM pace, LATERAL pg_sleep(seconds);\n";
    project.migration(2, "paced", paced, "DELETE FROM log WHERE what IN ('before', 'paced');");
    project
}

/// Lets the paced migration pass, and fails unless the same command completes it now.
#[track_caller]
fn assert_goes_on(database: &Database, project: &Project) {
    assert_eq!(database.psql("SELECT what FROM log"), "quick", "a piece of V2 stands");
    database.psql("UPDATE pace SET seconds = 0");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(database.psql("SELECT what FROM log"), "quick\nbefore\npaced");
    let events = "SELECT version FROM turnback.event WHERE kind = 'applied' ORDER BY id";
    assert_eq!(database.psql(events), "1\n2");
    assert_eq!(database.psql("SELECT version FROM refinery_schema_history ORDER BY 1"), "1\n2");
}
