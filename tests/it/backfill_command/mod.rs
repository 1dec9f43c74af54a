//! `backfill`: how it goes is seen from any terminal, and what is asked there takes effect.

mod control;
mod estimate;
mod shown;
mod sqlite;
mod status;

use serde_json::Value;

use crate::support::{Cluster, Database, PATIENCE, Project, Running, poll};

/// So many rows are there.
const ROWS: u64 = 6_000;

/// Each row takes its time as long as the brake is on.
const TABLE: &str = "CREATE TABLE t (id int PRIMARY KEY, a text, b text);
CREATE TABLE brake ();
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT FROM brake) THEN PERFORM pg_sleep(0.001); END IF;
    RETURN new;
END $$;
CREATE TRIGGER slow BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION slow();";
const FILL: &str = "-- turnback:backfill t\nUPDATE t SET b = upper(a) WHERE b IS NULL;\n";

/// A table whose second column is to be filled by the second version.
fn given() -> (Database, Project) {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    let down = "DROP TABLE t; DROP TABLE brake; DROP FUNCTION slow;";
    project.migration(1, "table", TABLE, down);
    project.run(&["migrate"]).expect_code(0);
    let insert = format!(
        "INSERT INTO t SELECT i, 'row ' || i || repeat('.', 200) FROM generate_series(1, {ROWS}) AS i"
    );
    database.psql(&insert);
    database.psql("ANALYZE t");
    project.migration(2, "fill", FILL, "SELECT 1;");
    (database, project)
}

fn brake(database: &Database) {
    database.psql("INSERT INTO brake DEFAULT VALUES");
}

fn go(database: &Database) {
    database.psql("DELETE FROM brake");
}

/// How many rows are filled.
fn filled(database: &Database) -> u64 {
    database.psql("SELECT count(*) FROM t WHERE b IS NOT NULL").parse().expect("it is a number")
}

/// A backfill that is under way, and takes its time.
fn under_way(database: &Database, project: &Project) -> Running {
    brake(database);
    let running = project.command(&["migrate"]).spawn();
    works(database);
    running
}

fn works(database: &Database) {
    let before = filled(database);
    let working = poll(PATIENCE, || (filled(database) > before).then_some(()));
    working.expect("somebody works");
}

fn paused(database: &Database, project: &Project) {
    let running = under_way(database, project);
    project.run(&["backfill", "pause"]).expect_code(0);
    running.wait().expect_code(1);
    go(database);
}

fn told(project: &Project, args: &[&str]) -> Value {
    project.run(&[args, &["--format", "json"]].concat()).expect_code(0).json()
}

fn listed(project: &Project) -> Value {
    told(project, &["backfill", "status", "--all"])["backfills"].clone()
}
