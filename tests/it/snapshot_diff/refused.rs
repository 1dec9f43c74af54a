//! What cannot be compared, and what is said of it.

use super::SCHEMA;
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Cluster, Project, SqliteFile};

#[test]
fn what_is_no_source_is_refused() {
    let project = Project::new();
    project.write("schema.sql", "-- SQLite 3\n");
    project.write("edited.json", "{ \"format\": 1, \"objects\": [] }");
    for (source, said) in [
        ("nothing.json", "there is no file nothing.json"),
        ("set:nothing", "nothing"),
        ("dir:nowhere", "nowhere"),
        ("schema.sql", "the snapshot schema.sql cannot be used: it is not JSON"),
        ("edited.json", "the snapshot edited.json cannot be used: it is not a snapshot"),
        ("mysql://here/there", "mysql://here/there"),
    ] {
        let run = project.run(&["diff", source, "sqlite:app.db"]).expect_code(2);
        assert!(run.stderr.contains(said), "{source}: {run}");
    }
    let run = project.run(&["snapshot", "-o", "schema.txt"]).expect_code(2);
    assert!(run.stderr.contains("neither in .json nor in .sql"), "{run}");
}

#[test]
fn a_snapshot_that_was_edited_is_refused() {
    let file = SqliteFile::with(SCHEMA);
    let project = Project::new().url(&file.url());
    project.run(&["snapshot", "-o", "schema.json"]).expect_code(0);
    let edited = project.read("schema.json").replace("age >= 18", "age >= 17");
    project.write("schema.json", edited);
    assert_run_snapshot!(project.run(&["diff", "schema.json"]), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: the snapshot schema.json cannot be used: it was changed: its objects have the digest [sha256], and it says [sha256]
      next: `turnback snapshot` makes it anew; it is not meant to be edited
    ");
}

#[test]
fn the_engines_must_be_the_same() {
    let file = SqliteFile::with(SCHEMA);
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    let run = project.run(&["diff", &file.url()]).expect_code(2);
    assert!(run.stderr.contains("the two cannot be compared"), "{run}");
    let run = project.run(&["diff", "set:lucia-sessions"]).expect_code(2);
    assert!(run.stderr.contains("set lucia-sessions is for SQLite"), "{run}");
    project.write("migrations/V1__a.sql", "CREATE TABLE a (id int);");
    project.write("rollbacks/V1__a.sql", "DROP TABLE a;");
    let run = project.run(&["diff", "dir:.", "dir:."]).expect_code(2);
    assert!(run.stderr.contains("nothing says which engine"), "{run}");
    let run = project.run(&["diff", &file.url(), &file.url(), "--schemas", "a"]).expect_code(2);
    assert!(run.stderr.contains("a SQLite database has no schemas"), "{run}");
}
