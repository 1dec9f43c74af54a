//! What batches could not write down runs in one piece, is said, and comes back.

use super::{goes_and_comes_back, project, recorded, table};
use crate::undo_sqlite::content;

const UPDATE: &str = "UPDATE t SET v = replace('old', 'old', n) WHERE v IS NULL";

#[track_caller]
fn one_piece(made: &str, statement: &str, why: &str) {
    let (file, run) = goes_and_comes_back(made, statement);
    assert!(run.stderr.contains("in one piece, not in batches"), "{run}");
    assert!(run.stderr.contains(why), "{run}");
    assert_eq!(recorded(&file), Vec::<String>::new());
}

#[test]
fn a_trigger_that_changes_what_is_there() {
    let made = table("(id integer PRIMARY KEY, n, v, at)", "i, i, NULL, 0", 300)
        + "CREATE TABLE sums (n); INSERT INTO sums VALUES (0);";
    let own = made.clone()
        + "CREATE TRIGGER dated AFTER UPDATE OF v ON t BEGIN
           UPDATE t SET at = 1 WHERE id = new.id; END;";
    one_piece(&own, UPDATE, "changes t.at with it");
    let other = made
        + "CREATE TRIGGER counted AFTER UPDATE ON t BEGIN UPDATE sums SET n = n + 1; END;
           CREATE TRIGGER gone AFTER DELETE ON t BEGIN DELETE FROM sums WHERE n < 0; END;";
    one_piece(&other, UPDATE, "changes sums.n with it");
    one_piece(&other, "DELETE FROM t WHERE n < 10", "rows of sums may go with it");
}

#[test]
fn a_trigger_that_only_adds_rows_is_none_of_these() {
    let made = table("(id integer PRIMARY KEY, n, v)", "i, i, NULL", 700)
        + "CREATE TABLE log (id integer PRIMARY KEY, was, now);
           CREATE TRIGGER logged AFTER UPDATE ON t BEGIN
           INSERT INTO log (was, now) VALUES (old.v, new.v); END;";
    let (file, _) = goes_and_comes_back(&made, UPDATE);
    assert_eq!(recorded(&file)[0], "done|0|700");
}

#[test]
fn rows_that_nothing_tells_apart() {
    let made = table("(n, v)", "i % 100, NULL", 500);
    one_piece(&made, UPDATE, "tells its rows apart");
    one_piece(&made, "DELETE FROM t WHERE n = 5", "tells its rows apart");
}

#[test]
fn a_key_that_changes() {
    let made = table("(id integer PRIMARY KEY, n integer NOT NULL UNIQUE, v)", "i, i, NULL", 500);
    one_piece(&made, "UPDATE t SET id = id + 10000 WHERE id < 10000", "it changes id");
    one_piece(&made, "UPDATE t SET rowid = rowid + 10000 WHERE id < 10000", "it changes rowid");
    let made = table("(k text PRIMARY KEY, n, v) WITHOUT ROWID", "'k' || i, i, NULL", 500);
    one_piece(&made, "UPDATE t SET k = 'new' || k WHERE k NOT LIKE 'new%'", "it changes k");
}

#[test]
fn foreign_keys_that_act() {
    let made = table("(id integer PRIMARY KEY, n, v)", "i, i, NULL", 300)
        + "CREATE TABLE child (id integer PRIMARY KEY, t_id REFERENCES t ON DELETE CASCADE);
           INSERT INTO child SELECT id, id FROM t;";
    let (file, project) = project(&made, "DELETE FROM t WHERE n <= 100");
    project.write(
        "migrations/V2__filled.sql",
        "PRAGMA foreign_keys = on;\n-- turnback:backfill t\nDELETE FROM t WHERE n <= 100;",
    );
    let before = (content(&file, "t"), content(&file, "child"));
    let run = project.run(&["migrate"]).expect_code(0);
    assert!(run.stderr.contains("rows of child may go with it"), "{run}");
    assert_eq!(file.rows("SELECT count(*) FROM child"), ["200"]);
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!((content(&file, "t"), content(&file, "child")), before);
}

#[test]
fn foreign_keys_are_enforced_in_batches_where_the_script_says_so() {
    let made = table("(id integer PRIMARY KEY, n, v)", "i, i, NULL", 600)
        + "CREATE TABLE child (id integer PRIMARY KEY, t_id REFERENCES t);
           INSERT INTO child VALUES (1, 7);";
    let (file, project) = project(&made, "DELETE FROM t WHERE n <= 100");
    project.write(
        "migrations/V2__filled.sql",
        "PRAGMA foreign_keys = on;\n-- turnback:backfill t\nDELETE FROM t WHERE n <= 100;",
    );
    let run = project.run(&["migrate"]).expect_code(1);
    assert!(run.stderr.contains("id = 7: FOREIGN KEY constraint failed"), "{run}");
    assert_eq!(file.rows("SELECT count(*) FROM t"), ["501"]);
    file.execute("DELETE FROM child");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(file.rows("SELECT count(*) FROM t"), ["500"]);
}

#[test]
fn without_a_backup_triggers_do_as_they_like() {
    let made = table("(id integer PRIMARY KEY, n, v, at)", "i, i, NULL, 0", 700)
        + "CREATE TRIGGER dated AFTER UPDATE OF v ON t BEGIN
           UPDATE t SET at = 1 WHERE id = new.id; END;";
    let (file, project) = project(&made, UPDATE);
    project.run(&["migrate", "--no-backup", "--force"]).expect_code(0);
    assert_eq!(recorded(&file), ["done|0|700"]);
    assert_eq!(file.rows("SELECT count(*) FROM t WHERE at = 1"), ["700"]);
}
