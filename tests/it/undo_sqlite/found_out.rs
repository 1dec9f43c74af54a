//! What only shows when a statement is about to run.

use super::{comes_back, content, destroying};

const FAMILY: &str = "
    CREATE TABLE parent (id integer PRIMARY KEY, name text, updated_at text);
    CREATE TABLE child (id integer PRIMARY KEY, note text,
                        parent_id integer REFERENCES parent (id) ON DELETE CASCADE);
    CREATE TABLE log (said text);
    INSERT INTO parent VALUES (1, 'a', '1970'), (2, 'b', '1970');
    INSERT INTO child VALUES (10, 'x', 1), (20, 'y', 2);
    INSERT INTO log VALUES ('first'), ('second'), ('first');
";

#[test]
fn a_trigger_touches_other_tables_and_columns() {
    let triggers = "
        CREATE TRIGGER moved AFTER UPDATE OF name ON parent BEGIN
            UPDATE parent SET updated_at = 'now' WHERE id = new.id;
            UPDATE child SET note = note || '!' WHERE parent_id = new.id;
            DELETE FROM log WHERE said = 'first';
        END;
    ";
    comes_back(
        &format!("{FAMILY}{triggers}"),
        "UPDATE parent SET name = 'c' WHERE id = 1;",
        "SELECT 1;",
        &["parent", "child", "log"],
    );
}

/// By the time the trigger is known, the table has changed already.
#[test]
fn a_trigger_that_the_script_makes_touches_what_was_changed_before() {
    let up = "
        UPDATE child SET note = 'new';
        CREATE TRIGGER moved AFTER UPDATE ON parent BEGIN
            UPDATE child SET parent_id = NULL; DELETE FROM child WHERE id = 20;
        END;
        ALTER TABLE log RENAME TO journal;
        UPDATE parent SET name = 'c';
        DROP TRIGGER moved;
    ";
    let down = "ALTER TABLE journal RENAME TO log;";
    comes_back(FAMILY, up, down, &["parent", "child", "log"]);
}

#[test]
fn a_foreign_key_removes_rows_of_other_tables() {
    let up = "
        -- turnback:transaction off
        PRAGMA foreign_keys = ON;
        DELETE FROM parent WHERE id = 1;
    ";
    let (file, project) = destroying(FAMILY, up, "SELECT 1;");
    let (parents, children) = (content(&file, "parent"), content(&file, "child"));
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(file.rows("SELECT id FROM child"), ["20"]);
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!((content(&file, "parent"), content(&file, "child")), (parents, children));
}

/// A trigger that keeps the time of the last change would make every row look changed.
#[test]
fn triggers_rest_while_values_come_back() {
    let triggers = "
        CREATE TRIGGER touched AFTER UPDATE ON parent BEGIN
            UPDATE parent SET updated_at = 'now' WHERE id = new.id;
        END;
        CREATE TRIGGER added AFTER INSERT ON parent BEGIN
            UPDATE parent SET updated_at = 'now' WHERE id = new.id;
        END;
    ";
    let up = "DELETE FROM child; DELETE FROM parent WHERE id = 2; UPDATE parent SET name = 'c';";
    let file = comes_back(&format!("{FAMILY}{triggers}"), up, "SELECT 1;", &["parent", "child"]);
    file.execute("UPDATE parent SET name = 'later' WHERE id = 1");
    assert_eq!(file.rows("SELECT updated_at FROM parent ORDER BY id"), ["now", "1970"]);
}
