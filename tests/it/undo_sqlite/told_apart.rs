//! Rows are told apart by what the table has for it.

use super::comes_back;

#[track_caller]
fn table(definition: &str, rows: &str, up: &str) {
    comes_back(
        &format!("CREATE TABLE t ({definition}; INSERT INTO t VALUES {rows};"),
        up,
        "SELECT 1;",
        &["t"],
    );
}

const CHANGED: &str = "UPDATE t SET v = 'new' WHERE v IS NOT NULL; DELETE FROM t WHERE k = 2;";

#[test]
fn by_nothing() {
    table("k, v)", "(1, 'a'), (1, 'a'), (1, 'b'), (2, 'c'), (2, 'c'), (NULL, NULL)", CHANGED);
    table("v)", "('a'), ('a'), (x'61'), (1), (1.0), ('1'), (NULL)", "UPDATE t SET v = 1;");
    table("v)", "('a'), ('a'), (x'61'), (1), (1.0), ('1'), (NULL)", "DELETE FROM t WHERE v = 1;");
}

#[test]
fn by_a_key_of_a_table_without_row_numbers() {
    table(
        "k integer, j text, v, PRIMARY KEY (k, j)) WITHOUT ROWID",
        "(1, 'a', 1), (1, 'b', 1.0), (2, '', x'')",
        CHANGED,
    );
    table(
        "k text PRIMARY KEY, v) WITHOUT ROWID",
        "('1', 1), ('2', 2), ('a', 1)",
        "UPDATE t SET k = k || 'x', v = 0;",
    );
}

#[test]
fn by_a_key_of_a_strict_table() {
    table(
        "k text PRIMARY KEY, v any) STRICT",
        "('1', 1), ('2', 1.0), ('3', x'31'), ('4', '1')",
        CHANGED,
    );
}

#[test]
fn by_a_key_that_looks_at_no_case() {
    table(
        "k text NOT NULL COLLATE NOCASE PRIMARY KEY, v)",
        "('A', 1), ('b', 2), ('2', 3)",
        CHANGED,
    );
    // Unique as bytes, and compared otherwise.
    table(
        "k text COLLATE NOCASE NOT NULL, v, UNIQUE (k COLLATE BINARY))",
        "('A', 1), ('a', 2), ('2', 3)",
        CHANGED,
    );
}

#[test]
fn by_a_key_that_may_be_null_they_are_not() {
    table("k text UNIQUE, v)", "(NULL, 1), (NULL, 2), ('2', 3)", CHANGED);
    table("k text PRIMARY KEY, v)", "(NULL, 1), (NULL, 2), ('2', 3)", CHANGED);
}

#[test]
fn whatever_columns_are_called() {
    table("rowid, k, v)", "(7, 1, 'a'), (7, 1, 'a'), (NULL, 2, 'c')", CHANGED);
    table("rowid text NOT NULL UNIQUE, k, v)", "('x', 1, 'a'), ('y', 2, 'a')", CHANGED);
    table(
        "rowid, _rowid_, oid, k integer NOT NULL UNIQUE, v)",
        "(1, 1, 1, 1, 'a'), (1, 1, 1, 2, 'b')",
        CHANGED,
    );
    table("\"b.c\", \"q\"\"\", \"select\", k, v)", "(1, 2, 3, 1, 'a'), (1, 2, 3, 2, 'b')", CHANGED);
}

#[test]
fn values_of_classes_that_their_columns_do_not_name() {
    table(
        "k integer PRIMARY KEY, v text, n numeric, r real, b blob)",
        "(1, x'00', 'x', 1, 1), (2, 1, 1.5, 'x', 'x'), (3, '1', '1e3', 1e300, NULL), (4, 1.0, 9007199254740993, -0.0, 1.0)",
        "UPDATE t SET v = 'new', n = 0, r = 0, b = 0; DELETE FROM t WHERE k = 2;",
    );
}
