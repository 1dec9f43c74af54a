//! Odd names, and texts that SQLite lets be edited.

use super::{catalog, changed, properties};
use crate::support::SqliteFile;

#[test]
fn odd_names_are_kept_as_they_are() {
    let file = SqliteFile::with(
        "CREATE TABLE \"odd \"\" name\" (\"select\" TEXT, \"a.b\" INT CHECK (\"a.b\" > 0), 'c d' DEFAULT 1,
             UNIQUE (\"select\", 'c d'));
         CREATE INDEX \"an; index\" ON \"odd \"\" name\" (\"a.b\", \"c d\");
         CREATE VIEW \"Ünï\" AS SELECT \"a.b\" FROM \"odd \"\" name\"",
    );
    let catalog = catalog(&file);
    let keys: Vec<String> = catalog.objects.keys().map(ToString::to_string).collect();
    assert_eq!(
        keys,
        [
            "database main",
            "table \"odd \"\" name\"",
            "column \"odd \"\" name\".\"a.b\"",
            "column \"odd \"\" name\".\"c d\"",
            "column \"odd \"\" name\".select",
            "constraint \"odd \"\" name\".\"CHECK (\"\"a.b\"\" > 0)\"",
            "constraint \"odd \"\" name\".\"UNIQUE (\"\"select\"\", \"\"c d\"\")\"",
            "index \"odd \"\" name\".\"an; index\"",
            "view \"Ünï\"",
        ]
    );
    assert_eq!(
        properties(&catalog, "index \"odd \"\" name\".\"an; index\""),
        ["columns: \"a.b\", \"c d\""]
    );
}

#[test]
fn what_is_left_out_is_left_out_whoever_wrote_its_name() {
    let file = SqliteFile::with(
        "CREATE TABLE TURNBACK_EVENT (id integer PRIMARY KEY, a UNIQUE);
         CREATE INDEX turnback_event_by_version ON turnback_event (a);
         CREATE TRIGGER own AFTER INSERT ON turnback_event BEGIN SELECT 1; END;
         CREATE TABLE a (b INTEGER PRIMARY KEY AUTOINCREMENT); ANALYZE",
    );
    let keys: Vec<String> = catalog(&file).objects.keys().map(ToString::to_string).collect();
    assert_eq!(keys, ["database main", "table a", "column a.b", "constraint a.\"PRIMARY KEY\""]);
}

/// A view may outlive its tables, and a database the modules of its virtual tables.
#[test]
fn what_cannot_be_compiled_is_still_there() {
    let file = SqliteFile::with(
        "CREATE VIEW broken AS SELECT x, \"y\" FROM gone;
         CREATE VIRTUAL TABLE v USING fts5 (a);
         PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = replace(sql, 'fts5', 'nowhere') WHERE name = 'v'",
    );
    let catalog = catalog(&file);
    assert_eq!(properties(&catalog, "view broken"), ["query: SELECT x, 'y'\nFROM gone"]);
    assert_eq!(properties(&catalog, "table v"), ["definition: USING nowhere (a)", "virtual: true"]);
}

/// Three ways to say a constraint that SQLite reads and nobody else does.
#[test]
fn texts_only_sqlite_would_take_are_read() {
    let file = SqliteFile::with(
        "CREATE TABLE t (a CONSTRAINT alone, b int CONSTRAINT one CONSTRAINT two NOT NULL,
             CONSTRAINT x CHECK (a > 0) CHECK (b > 0) UNIQUE (a) CONSTRAINT y)",
    );
    let found = catalog(&file);
    let keys: Vec<String> = found.objects.keys().skip(4).map(ToString::to_string).collect();
    assert_eq!(
        keys,
        ["constraint t.\"CHECK (b > 0)\"", "constraint t.\"UNIQUE (a)\"", "constraint t.x"]
    );
    assert_eq!(changed(&found, &catalog(&file)), [""; 0]);
}

/// A key that is written one way is the rowid, and written another way it is not.
#[test]
fn a_key_that_is_not_the_rowid_though_it_looks_like_it_says_so() {
    for (sql, expected) in [
        ("a INTEGER PRIMARY KEY", &["definition: PRIMARY KEY (a)"][..]),
        ("a INTEGER, PRIMARY KEY (a DESC)", &["definition: PRIMARY KEY (a)"]),
        ("a INT PRIMARY KEY", &["definition: PRIMARY KEY (a)"]),
        ("a INTEGER PRIMARY KEY DESC", &["definition: PRIMARY KEY (a DESC)", "row_id: false"]),
    ] {
        let file = SqliteFile::with(&format!("CREATE TABLE t ({sql})"));
        let key = properties(&catalog(&file), "constraint t.\"PRIMARY KEY\"");
        assert_eq!(key, expected, "{sql}");
    }
}
