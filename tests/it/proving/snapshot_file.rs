//! `verify --snapshot`: the live schema against a file in the repository.

use super::drift;
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Either, Project, SqliteFile};

const SCHEMA: &str = "CREATE TABLE users (id integer PRIMARY KEY, age integer);
                      CREATE INDEX by_age ON users (age);";

#[test]
fn it_needs_neither_set_nor_ledger_nor_scratch() {
    for database in Either::both() {
        database.query(SCHEMA);
        let project = database.project();
        project.run(&["snapshot", "-o", "schema.json"]).expect_code(0);
        let verify = || {
            // Nothing that could start a server is found.
            let args = ["verify", "--snapshot", "schema.json", "--format", "json"];
            project.command(&args).env("PATH", "/nonexistent").run()
        };
        let run = verify().expect_code(0);
        assert_eq!(drift(&run), [""; 0]);
        assert_eq!(run.json()["against"], "snapshot schema.json");
        assert_eq!(run.json()["expected_hash"], run.json()["live_hash"]);
        database.query("DROP INDEX by_age");
        let found = drift(&verify().expect_code(4));
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("missing index ") && found[0].ends_with("users.by_age"));
        // Another application's table is a difference here: the file covers the whole schema.
        database.query("CREATE INDEX by_age ON users (age)");
        database.query("CREATE TABLE orders (id integer)");
        assert!(!drift(&verify().expect_code(4)).is_empty());
    }
}

#[test]
fn what_differs_is_shown() {
    let file = SqliteFile::with(SCHEMA);
    let project = Project::new().url(&file.url());
    project.run(&["snapshot", "-o", "schema.json"]).expect_code(0);
    file.execute("DROP INDEX by_age; CREATE INDEX by_age ON users (age DESC)");
    let run = project.run(&["verify", "--snapshot", "schema.json"]);
    assert_eq!(run.code, 4);
    let shown = run.to_string().replace(&file.path().display().to_string(), "[file]");
    insta::assert_snapshot!(shown, @"
    exit code: 4
    ----- stdout -----
    sqlite:[file]

      drift: compared with snapshot schema.json, 1 altered

      altered: index users.by_age
        - CREATE INDEX by_age ON users (age);
        + CREATE INDEX by_age ON users (age DESC);

    not as it should be
    ----- stderr -----
    ");
}

#[test]
fn a_file_that_cannot_be_used_is_refused() {
    let file = SqliteFile::with(SCHEMA);
    let project = Project::new().url(&file.url());
    project.run(&["snapshot", "-o", "schema.json"]).expect_code(0);
    let edited = project.read("schema.json").replace("by_age", "by_rage");
    project.write("schema.json", edited);
    assert_run_snapshot!(project.run(&["verify", "--snapshot", "schema.json"]), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: the snapshot schema.json cannot be used: it was changed: its objects have the digest [sha256], and it says [sha256]
      next: `turnback snapshot` makes it anew; it is not meant to be edited
    ");
    let run = project.run(&["verify", "--snapshot", "nothing.json"]).expect_code(1);
    assert!(run.stderr.contains("cannot read the snapshot nothing.json"), "{run}");
}

#[test]
fn the_engine_must_be_the_snapshots() {
    let [postgres, sqlite] = Either::both();
    sqlite.query(SCHEMA);
    let project = sqlite.project();
    project.run(&["snapshot", "-o", "schema.json"]).expect_code(0);
    let run = project.command(&["verify", "--snapshot", "schema.json", "-D", &postgres.url()]);
    let run = run.run().expect_code(2);
    assert!(run.stderr.contains("SQLite") && run.stderr.contains("PostgreSQL"), "{run}");
}
