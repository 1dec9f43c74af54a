//! What the report tells of runs on SQLite.

use crate::support::{Project, SqliteFile};

use super::{reported, states};

#[test]
fn a_run_on_sqlite_is_told_statement_by_statement() {
    let file = SqliteFile::with(
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT); INSERT INTO t (b) VALUES ('x'), ('y')",
    );
    let project = Project::new().url(&file.url());
    let up =
        "CREATE INDEX t_b ON t (b);\nUPDATE t SET b = b || '!';\nALTER TABLE t ADD COLUMN c;\n";
    project.migration(
        1,
        "up",
        up,
        "ALTER TABLE t DROP COLUMN c; UPDATE t SET b = rtrim(b, '!'); DROP INDEX t_b;",
    );
    let first = reported(&project, &["migrate"]);
    first.run.clone().expect_code(0);
    let step = &first.json["steps"][0];
    assert_eq!(states(step), ["stands"; 3]);
    let rows: Vec<_> = (0..3).map(|it| step["statements"][it]["rows"].as_u64()).collect();
    assert_eq!(rows, [None, Some(2), None], "{step:#}");
    assert_eq!(step["saved"][0]["rows"], 2);
    assert_eq!((&first.json["engine"], &first.json["role"]), (&"sqlite".into(), &().into()));
    assert_eq!(first.json["tables"][0]["before"]["index_bytes"], 0, "{:#}", first.json);
    assert_eq!(first.json["tables"][0]["after"]["index_bytes"], 4096, "{:#}", first.json);

    let up = "UPDATE t SET c = 1;\nINSERT INTO t (a) VALUES (1);\nUPDATE t SET c = 2;\n";
    project.migration(2, "twice", up, "SELECT 1;");
    let failed = reported(&project, &["migrate"]);
    assert_eq!(states(&failed.json["steps"][0]), ["undone", "failed", "not_run"], "{}", failed.run);
    assert_eq!(failed.json["error"]["sqlstate"], "SQLITE_CONSTRAINT_PRIMARYKEY");
}

#[test]
fn statements_that_stand_by_themselves_are_told_on_sqlite() {
    let file = SqliteFile::with("CREATE TABLE t (a INTEGER PRIMARY KEY, b)");
    let project = Project::new().url(&file.url());
    let up = "-- turnback:transaction off\nINSERT INTO t (b) VALUES (1), (2);\nVACUUM;\n\
              INSERT INTO t (a) VALUES (1);\n";
    project.migration(1, "apart", up, "DELETE FROM t;");
    let run = reported(&project, &["migrate"]);
    let step = &run.json["steps"][0];
    assert_eq!(states(step), ["stands", "stands", "failed"], "{}", run.run);
    assert_eq!(step["statements"][0]["rows"], 2);
    assert_eq!(file.query("SELECT count(*) FROM t"), "2");
}
