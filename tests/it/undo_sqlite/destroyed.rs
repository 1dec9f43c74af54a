//! What scripts say they destroy.

use super::{comes_back, content, destroying};

const USERS: &str = "
    CREATE TABLE users (id integer PRIMARY KEY, name text COLLATE NOCASE, ip text DEFAULT '?');
    INSERT INTO users VALUES (1, 'Ada', '10.0.0.1'), (2, 'ada', NULL), (3, x'00ff', 7), (4, 1.0, '');
";

#[test]
fn a_dropped_column() {
    comes_back(
        USERS,
        "ALTER TABLE users DROP COLUMN ip;",
        "ALTER TABLE users ADD COLUMN ip text DEFAULT '?';",
        &["users"],
    );
}

#[test]
fn a_dropped_table_with_its_numbers_indexes_and_triggers() {
    let made = "
        CREATE TABLE t (id integer PRIMARY KEY AUTOINCREMENT, a);
        CREATE INDEX by_a ON t (a);
        CREATE TABLE log (said);
        CREATE TRIGGER told AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); END;
    ";
    let rows = "INSERT INTO t (a) VALUES (1), ('1'), (1.0), (NULL); DELETE FROM t WHERE id = 4;";
    let up = "DROP TABLE t;";
    let down = "
        CREATE TABLE t (id integer PRIMARY KEY AUTOINCREMENT, a);
        CREATE INDEX by_a ON t (a);
        CREATE TRIGGER told AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); END;
    ";
    let file = comes_back(&format!("{made}{rows}"), up, down, &["t", "log"]);
    file.execute("INSERT INTO t (a) VALUES ('next')");
    assert_eq!(file.rows("SELECT id FROM t WHERE a = 'next'"), ["5"]);
    let detail = "SELECT json_extract(detail, '$.definition') FROM turnback_backup";
    let definition = file.rows(detail).join("");
    let places: Vec<_> =
        ["CREATE TABLE t ", "CREATE INDEX", "CREATE TRIGGER"].map(|it| definition.find(it)).into();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{definition}");
}

#[test]
fn updated_and_deleted_rows() {
    comes_back(
        USERS,
        "UPDATE users SET ip = name, name = 'x' WHERE id < 4; DELETE FROM users WHERE id = 2;",
        "UPDATE users SET ip = NULL;",
        &["users"],
    );
}

#[test]
fn replaced_rows() {
    let made = "
        CREATE TABLE t (id integer PRIMARY KEY, a text UNIQUE, b);
        CREATE TABLE quiet (id integer PRIMARY KEY ON CONFLICT REPLACE, b);
        INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3);
        INSERT INTO quiet VALUES (1, 1);
    ";
    let up = "
        REPLACE INTO t VALUES (1, 'b', 9);
        UPDATE OR REPLACE t SET id = 3 WHERE id = 1;
        INSERT INTO quiet VALUES (1, 2);
        INSERT INTO t VALUES (4, 'c', 5) ON CONFLICT (a) DO UPDATE SET b = 8;
    ";
    comes_back(made, up, "DELETE FROM t; DELETE FROM quiet;", &["t", "quiet"]);
}

/// The way SQLite's documentation changes what ALTER TABLE cannot.
#[test]
fn a_column_that_a_rebuild_left_out() {
    let up = "
        CREATE TABLE new_users (id integer PRIMARY KEY, name text COLLATE NOCASE);
        INSERT INTO new_users SELECT id, name FROM users;
        DROP TABLE users;
        ALTER TABLE new_users RENAME TO users;
    ";
    let down = "ALTER TABLE users ADD COLUMN ip text DEFAULT '?';";
    let (file, project) = destroying(USERS, up, down);
    let before = content(&file, "users");
    project.run(&["migrate"]).expect_code(0);
    file.execute(
        "INSERT INTO users VALUES (5, 'new'); UPDATE users SET name = 'kept' WHERE id = 2",
    );
    project.run(&["rollback", "--force"]).expect_code(0);
    let mut expected = before;
    expected[1] = "integer 2|null NULL|text 'kept'".to_owned();
    expected.push("integer 5|text '?'|text 'new'".to_owned());
    assert_eq!(content(&file, "users"), expected);
}

#[test]
fn a_rebuild_that_loses_what_told_rows_apart() {
    let made = "
        CREATE TABLE t (code text NOT NULL UNIQUE, a, b);
        INSERT INTO t VALUES ('x', 1, 1), ('y', 2, 2), ('z', 2, 3);
    ";
    let up = "
        CREATE TABLE n (a, b); INSERT INTO n SELECT a, b FROM t; DROP TABLE t;
        ALTER TABLE n RENAME TO t;
    ";
    let down = "
        CREATE TABLE n (code text NOT NULL UNIQUE, a, b); INSERT INTO n SELECT a || b, a, b FROM t; DROP TABLE t;
        ALTER TABLE n RENAME TO t;
    ";
    let (file, project) = destroying(made, up, down);
    let before = content(&file, "t");
    project.run(&["migrate"]).expect_code(0);
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(content(&file, "t"), before);
}

#[test]
fn what_a_renamed_table_loses() {
    let up = "
        ALTER TABLE users RENAME TO people;
        ALTER TABLE people RENAME COLUMN ip TO address;
        UPDATE people SET address = 'gone';
        DELETE FROM people WHERE id = 3;
        ALTER TABLE people DROP COLUMN name;
    ";
    let down = "
        ALTER TABLE people ADD COLUMN name text COLLATE NOCASE;
        ALTER TABLE people RENAME COLUMN address TO ip;
        ALTER TABLE people RENAME TO users;
    ";
    comes_back(USERS, up, down, &["users"]);
}

/// A view that names what is gone is legal, until something makes SQLite read it.
#[test]
fn beside_a_view_that_is_broken() {
    let made = format!("{USERS} CREATE TABLE other (a); CREATE VIEW v AS SELECT a FROM other;");
    let up = "UPDATE users SET ip = 'x' WHERE id = 1; DROP TABLE other;";
    comes_back(&made, up, "CREATE TABLE other (a);", &["users"]);
}

#[test]
fn statements_without_a_transaction() {
    let up = "
        -- turnback:transaction off
        PRAGMA foreign_keys = ON;
        DELETE FROM users WHERE id > 2;
        UPDATE users SET ip = 'x';
    ";
    let (file, project) = destroying(USERS, up, "-- turnback:transaction off\nSELECT 1;");
    let before = content(&file, "users");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(file.rows("SELECT count(*) FROM users WHERE ip = 'x'"), ["2"]);
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(content(&file, "users"), before);
}
