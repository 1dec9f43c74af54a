use serde_json::json;

use super::SCHEMA;
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Cluster, Either, Project, SqliteFile};

#[test]
fn a_database_is_equal_to_its_snapshot_until_somebody_changes_it() {
    for database in Either::both() {
        database.query(SCHEMA);
        let project = database.project();
        project.run(&["snapshot", "-o", "schema.json"]).expect_code(0);
        let run = project.run(&["diff", "schema.json"]).expect_code(0);
        assert!(run.stdout.contains("no difference in "), "{run}");
        let run = project.run(&["diff", "schema.json", ".", "--format", "json"]).expect_code(0);
        assert_eq!((&run.json()["equal"], &run.json()["drift"]), (&json!(true), &json!([])));

        database.query("DROP VIEW adults; CREATE TABLE extra (id integer)");
        let document =
            project.run(&["diff", "schema.json", "--format", "json"]).expect_code(4).json();
        assert_eq!((&document["ok"], &document["equal"]), (&json!(false), &json!(false)));
        let drift = document["drift"].as_array().unwrap();
        let of = |kind: &str, change: &str| {
            drift.iter().find(|it| it["kind"] == kind && it["change"] == change)
        };
        let view = of("view", "missing").unwrap();
        assert!(view["object"].as_str().unwrap().ends_with("adults"));
        assert!(view["expected"].as_str().unwrap().contains("SELECT"), "{view}");
        assert_eq!(view["actual"], json!(null));
        let table = of("table", "unexpected").unwrap();
        assert!(table["object"].as_str().unwrap().ends_with("extra"));
        assert_eq!(table["expected"], json!(null));
    }
}

#[test]
fn each_difference_comes_with_both_definitions() {
    let one = SqliteFile::with(SCHEMA);
    let other = SqliteFile::with(
        &SCHEMA
            .replace("DEFAULT 'nobody'", "DEFAULT ''")
            .replace("CASCADE", "SET NULL")
            .replace("UNIQUE INDEX users_by_name", "INDEX users_by_name")
            .replace("WHERE age >= 18;", "WHERE age > 18;")
            .replace("(\n    id integer PRIMARY KEY,\n    user_id", "(\n    user_id")
            .replace("ON DELETE SET NULL", "ON DELETE SET NULL, id integer PRIMARY KEY"),
    );
    let run = Project::new().run(&["diff", &one.url(), &other.url()]);
    assert_run_snapshot!(run.to_string().replace(&*one.path().to_string_lossy(), "one.db")
        .replace(&*other.path().to_string_lossy(), "other.db"), @"
    exit code: 4
    ----- stdout -----
    expected (-): sqlite:one.db
    actual (+):   sqlite:other.db

      altered: column users.name
        - name TEXT DEFAULT 'nobody' NOT NULL
        + name TEXT DEFAULT '' NOT NULL
          -- position: 2
      altered: constraint posts.author
        - CONSTRAINT author FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
        + CONSTRAINT author FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE SET NULL
      altered: index users.users_by_name
        - CREATE UNIQUE INDEX users_by_name ON users (name);
        + CREATE INDEX users_by_name ON users (name);
      altered: view adults
          CREATE VIEW adults AS
          SELECT id, name
          FROM users
        - WHERE age >= 18;
        + WHERE age > 18;
    Minor, no difference to anybody's SQL:
      minor: column posts.id
          id INTEGER
        - -- position: 1
        + -- position: 2
      minor: column posts.user_id
          user_id INTEGER
        - -- position: 2
        + -- position: 1

    4 altered, 2 minor
    ----- stderr -----
    ");
}

#[test]
fn two_postgresql_databases_are_compared_schema_by_schema() {
    let [one, other] = [Cluster::shared().database(), Cluster::shared().database()];
    for database in [&one, &other] {
        database.psql("CREATE SCHEMA app");
        database.psql(&format!("SET search_path = app; {SCHEMA}"));
    }
    other.psql(
        "ALTER TABLE app.users ALTER name DROP NOT NULL, DROP CONSTRAINT adult,
             ADD CONSTRAINT adult CHECK (age > 18) NOT VALID;
         CREATE TABLE public.elsewhere (id integer)",
    );
    let project = Project::new();
    let run = project.run(&["diff", &one.url(), &other.url(), "--schemas", "app"]);
    assert_run_snapshot!(run, @"
    exit code: 4
    ----- stdout -----
    expected (-): postgres://postgres@127.0.0.1:[port]/[database]
    actual (+):   postgres://postgres@127.0.0.1:[port]/[database]

      altered: column app.users.name
        - name text DEFAULT 'nobody'::text NOT NULL
        + name text DEFAULT 'nobody'::text
          -- position: 2
      altered: constraint app.users.adult
        - CONSTRAINT adult CHECK ((age >= 18))
        + CONSTRAINT adult CHECK ((age > 18)) NOT VALID
        + -- valid: false

    2 altered
    ----- stderr -----
    ");
    let run =
        project.run(&["diff", &one.url(), &other.url(), "--schemas", "public", "--format", "json"]);
    let drift = run.expect_code(4).json()["drift"].clone();
    assert_eq!(drift.as_array().unwrap().len(), 2, "the table and its column: {drift}");
    project.run(&["diff", &one.url(), &one.url()]).expect_code(0);
}

/// Where a column stands is told, and is no reason to fail.
#[test]
fn minor_differences_are_told_and_do_not_fail() {
    let one = SqliteFile::with("CREATE TABLE t (a, b)");
    let other = SqliteFile::with("CREATE TABLE t (b, a)");
    let run = Project::new().run(&["diff", &one.url(), &other.url()]).expect_code(0);
    assert!(run.stdout.contains("minor: column t.a"), "{run}");
    assert!(run.stdout.ends_with("\n2 minor\n"), "{run}");
}

#[test]
fn a_snapshot_of_one_schema_is_compared_with_that_schema() {
    let database = Cluster::shared().database();
    database.psql("CREATE SCHEMA a; CREATE TABLE a.x (id int); CREATE TABLE public.y (id int)");
    let project = Project::for_database(&database);
    project.run(&["snapshot", "--schemas", "a", "-o", "a.json"]).expect_code(0);
    project.run(&["snapshot", "-o", "all.json"]).expect_code(0);
    database.psql("DROP TABLE public.y");
    project.run(&["diff", "a.json"]).expect_code(0);
    project.run(&["diff", "a.json", "all.json"]).expect_code(0);
    project.run(&["diff", "all.json"]).expect_code(4);
    project.run(&["diff", "all.json", "--schemas", "a"]).expect_code(0);
    let run = project.run(&["diff", "a.json", "--schemas", "public"]).expect_code(2);
    assert!(run.stderr.contains("the snapshot a.json does not cover the schema public"), "{run}");
}

#[test]
fn comparing_writes_nothing() {
    let file = SqliteFile::with(SCHEMA);
    let project = Project::new().url(&file.url());
    let before = file.trace();
    project.run(&["snapshot"]).expect_code(0);
    project.run(&["diff", &file.url()]).expect_code(0);
    assert_eq!(file.trace(), before);
    let nowhere = Project::new();
    let run = nowhere.run(&["snapshot"]).expect_code(0);
    assert!(run.stderr.contains("no database is named"), "{run}");
    assert_eq!(std::fs::read_dir(nowhere.path()).unwrap().count(), 0);
}
