//! What cannot run in batches is refused before anything is changed, and rows that cannot be changed
//! keep no other ones back.

use super::{in_one_piece, project, recorded, table};
use crate::undo_sqlite::content;

const COLUMNS: &str = "(id integer PRIMARY KEY, n CHECK (n < 1000000 OR typeof(n) = 'text'), v)";

#[test]
fn a_condition_that_still_holds_is_refused() {
    let made = table(COLUMNS, "i, i, 'x'", 300);
    let (file, project) = project(&made, "UPDATE t SET n = n + 1 WHERE v = 'x'");
    let before = content(&file, "t");
    let run = project.run(&["migrate"]).expect_code(1);
    assert!(run.stderr.contains("of 25 rows still match its condition"), "{run}");
    assert_eq!(content(&file, "t"), before);
    assert_eq!(recorded(&file), Vec::<String>::new());
}

#[test]
fn a_trigger_that_suppresses_changes_is_found() {
    let made = table(COLUMNS, "i, i, NULL", 300)
        + "CREATE TRIGGER never BEFORE UPDATE ON t BEGIN SELECT raise(IGNORE); END;";
    let (file, project) = project(&made, "UPDATE t SET v = 1 WHERE v IS NULL");
    let run = project.run(&["migrate"]).expect_code(1);
    assert!(run.stderr.contains("leaves rows as they are"), "{run}");
    assert_eq!(recorded(&file), Vec::<String>::new());
}

#[test]
fn a_mistake_in_the_statement_is_said_and_changes_nothing() {
    let made = table(COLUMNS, "i, i, NULL", 300);
    let (file, project) =
        project(&made, "UPDATE t SET v = json_extract('{', '$.a') WHERE v IS NULL");
    let run = project.run(&["migrate"]).expect_code(1);
    assert!(run.stderr.contains("malformed JSON"), "{run}");
    assert_eq!(recorded(&file), Vec::<String>::new());
}

#[test]
fn rows_that_cannot_be_changed_are_named_and_the_others_are_done() {
    let values = "i, CASE WHEN i IN (3, 900, 901, 1999) THEN 'no number' ELSE i END, NULL";
    let made = table(
        "(id integer PRIMARY KEY, n, v, CHECK (v IS NULL OR typeof(n) = 'integer'))",
        values,
        2_000,
    );
    let statement = "UPDATE t SET v = 'done' WHERE v IS NULL";
    let (file, project) = project(&made, statement);
    project.write(
        "migrations/V2__filled.sql",
        format!("-- turnback:backfill t\n{statement};\nCREATE TABLE behind (a);"),
    );
    project.write("rollbacks/V2__filled.sql", "DROP TABLE behind;");
    let before = content(&file, "t");
    let run = project.run(&["migrate"]).expect_code(1);
    assert!(run.stderr.contains("done but for 4 rows"), "{run}");
    assert!(run.stderr.contains("id = 901: "), "{run}");
    assert!(run.stderr.contains("CHECK constraint failed"), "{run}");
    assert_eq!(file.rows("SELECT id FROM t WHERE v IS NULL"), ["3", "900", "901", "1999"]);
    assert_eq!(recorded(&file), ["incomplete|1|1996"]);
    assert_eq!(
        file.rows("SELECT name FROM sqlite_schema WHERE name = 'behind'"),
        Vec::<String>::new()
    );
    file.execute("UPDATE t SET n = id WHERE typeof(n) = 'text'");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(recorded(&file), ["done|0|2000"]);
    assert_eq!(file.rows("SELECT count(*) FROM t WHERE v = 'done'"), ["2000"]);
    assert_eq!(file.rows("SELECT count(*) FROM turnback_backfill_refused"), ["0"]);
    project.run(&["rollback", "--force"]).expect_code(0);
    file.execute("UPDATE t SET n = 'no number' WHERE id IN (3, 900, 901, 1999)");
    assert_eq!(content(&file, "t"), before);
}

#[test]
fn values_that_a_function_refuses_are_named() {
    let made = table(
        "(k text PRIMARY KEY, n, v) WITHOUT ROWID",
        "printf('k%05d', i), CASE i WHEN 700 THEN '{' ELSE '{\"a\": ' || i || '}' END, NULL",
        1_000,
    );
    let (file, project) = project(&made, "UPDATE t SET v = n ->> 'a' WHERE v IS NULL");
    let run = project.run(&["migrate"]).expect_code(1);
    assert!(run.stderr.contains("k = 'k00700': malformed JSON"), "{run}");
    file.execute("DELETE FROM t WHERE k = 'k00700'");
    let expected = in_one_piece(&file, "SELECT 1");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(content(&file, "t"), expected);
}
