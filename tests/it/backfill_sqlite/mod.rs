//! An UPDATE or DELETE of a SQLite table in batches comes to what it comes to in one piece.

mod kinds;
mod lucia;
mod others;
mod pilot;
mod property;

mod stopped;
mod whole;

use crate::support::{Project, Run, SqliteFile};
use crate::undo_sqlite::content;

/// A table `t` of so many rows, numbered from 1 by `i`; `columns` and `values` are those of a row.
fn table(columns: &str, values: &str, rows: usize) -> String {
    format!(
        "CREATE TABLE t {columns};
         INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         SELECT {values} FROM n LIMIT {rows};"
    )
}

/// A project whose first version makes tables and whose second one runs a statement in batches; the
/// first one is applied.
fn project(made: &str, statement: &str) -> (SqliteFile, Project) {
    let file = SqliteFile::new();
    let project = Project::new().url(&file.url());
    project.migration(1, "made", made, "SELECT 1;");
    project.migration(2, "filled", &format!("-- turnback:backfill t\n{statement};"), "SELECT 1;");
    project.run(&["migrate", "--to", "1"]).expect_code(0);
    (file, project)
}

/// What the table holds once the statement has run in one piece.
fn in_one_piece(file: &SqliteFile, statement: &str) -> Vec<String> {
    let other = SqliteFile::new();
    std::fs::copy(file.path(), other.path()).expect("the directory is ours");
    other.connection().pragma_update(None, "foreign_keys", false).expect("it is a known pragma");
    other.execute(statement);
    content(&other, "t")
}

/// Backfills as recorded: state, whether it is open, how many rows it has changed.
fn recorded(file: &SqliteFile) -> Vec<String> {
    file.rows(
        "SELECT state, open, row_count + (SELECT coalesce(sum(row_count), 0) \
         FROM turnback_backfill_unit AS u WHERE u.backfill = b.id) FROM turnback_backfill AS b ORDER BY id",
    )
}

/// Migrates, rolls back and migrates again, and returns the first run.
#[track_caller]
fn goes_and_comes_back(made: &str, statement: &str) -> (SqliteFile, Run) {
    let (file, project) = project(made, statement);
    let before = content(&file, "t");
    let expected = in_one_piece(&file, statement);
    let run = project.run(&["migrate"]).expect_code(0);
    assert_eq!(content(&file, "t"), expected, "migrated");
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(content(&file, "t"), before, "rolled back");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(content(&file, "t"), expected, "migrated again");
    assert_eq!(file.rows("PRAGMA integrity_check"), ["ok"]);
    (file, run)
}
