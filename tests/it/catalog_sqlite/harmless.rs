//! What changes nothing about a schema makes no difference.

use super::{SCHEMA, catalog, changed};
use crate::support::SqliteFile;

/// Statements after which the schema is what it was.
const ACTS: &[(&str, &str)] = &[
    ("rows", "INSERT INTO ages VALUES (20, 'twenty'); DELETE FROM teams WHERE id = 2"),
    ("vacuum", "VACUUM"),
    ("statistics", "INSERT INTO ages VALUES (1, 'one'); ANALYZE; PRAGMA optimize"),
    ("reindex", "REINDEX"),
    ("journal", "PRAGMA journal_mode = WAL"),
    ("page size", "PRAGMA page_size = 8192; VACUUM"),
    ("connection settings", "PRAGMA foreign_keys = OFF; PRAGMA recursive_triggers = ON"),
    (
        "rows for a virtual table",
        "INSERT INTO notes VALUES ('a', 'b'); INSERT INTO notes (notes) VALUES ('optimize')",
    ),
    (
        "column added and dropped",
        "ALTER TABLE teams ADD COLUMN extra TEXT; ALTER TABLE teams DROP COLUMN extra",
    ),
    (
        "column renamed and back",
        "ALTER TABLE users RENAME COLUMN email TO mail; ALTER TABLE users RENAME COLUMN mail TO email",
    ),
    (
        "column renamed and back, quoted",
        "ALTER TABLE users RENAME \"email\" TO \"mail\"; ALTER TABLE users RENAME \"mail\" TO \"email\"",
    ),
    (
        "quoted column renamed and back",
        "ALTER TABLE users RENAME \"order\" TO sorting; ALTER TABLE users RENAME sorting TO \"order\"",
    ),
    (
        "table renamed and back",
        "ALTER TABLE users RENAME TO people; ALTER TABLE people RENAME TO users",
    ),
    (
        "parent renamed and back",
        "ALTER TABLE teams RENAME TO groups_; ALTER TABLE groups_ RENAME TO teams",
    ),
    (
        "index dropped and made again",
        "DROP INDEX by_age; CREATE INDEX by_age ON \"users\" (\"age\" desc, [email] collate nocase, LOWER(`email`)) where (age) is not null; DROP INDEX by_age; CREATE INDEX IF NOT EXISTS main.by_age ON users (age DESC, email COLLATE NOCASE, lower(\"email\")) WHERE age IS /* so */ NOT NULL",
    ),
    (
        "trigger made again, otherwise written",
        "DROP TRIGGER touch; create trigger \"touch\" after update of \"email\" on \"users\" for each row when new.\"email\" != old.email begin update users set created=current_timestamp where id==new.id; -- no more\n delete from ages where years = new.age; end",
    ),
    ("temporary objects", "CREATE TEMP TABLE users (a); CREATE TEMP VIEW adults AS SELECT 1"),
    ("attached database", "ATTACH ':memory:' AS other; CREATE TABLE other.extra (a)"),
    (
        "refinery",
        "CREATE TABLE refinery_schema_history (version INT4 PRIMARY KEY, name TEXT UNIQUE, applied_on TEXT, checksum TEXT); CREATE TABLE refinery_schema_history_lucia (version INTEGER PRIMARY KEY, name, applied_on, checksum); CREATE INDEX h ON refinery_schema_history (name)",
    ),
    (
        "a table rebuilt as SQLite recommends",
        "PRAGMA foreign_keys = OFF; BEGIN; DROP TRIGGER touch;
        CREATE TABLE new_ages (\"years\" integer primary key, word any) strict;
        INSERT INTO new_ages SELECT * FROM ages; DROP TABLE ages;
        ALTER TABLE new_ages RENAME TO ages;
        CREATE TRIGGER touch AFTER UPDATE OF email ON users WHEN new.email <> old.email BEGIN
            UPDATE users SET created = CURRENT_TIMESTAMP WHERE id = new.id;
            DELETE FROM ages WHERE years = new.age;
        END;
        PRAGMA foreign_key_check; COMMIT",
    ),
];

#[test]
fn acts_that_leave_the_schema_as_it_was_make_no_difference() {
    assert!(ACTS.len() >= 12);
    for (act, sql) in ACTS {
        let file = SqliteFile::with(SCHEMA);
        let before = catalog(&file);
        file.execute(sql);
        let after = catalog(&file);
        assert_eq!(changed(&before, &after), [""; 0], "{act}");
        assert_eq!(before.digest(), after.digest(), "{act}");
    }
}

/// As the shell's `.dump` does it: the stored texts, virtual tables through the schema itself.
#[test]
fn a_database_made_again_from_its_stored_texts_is_the_same() {
    let file = SqliteFile::with(SCHEMA);
    file.execute("ALTER TABLE users RENAME TO people; ALTER TABLE people RENAME TO users");
    let texts = file.rows(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'notes_%'
           AND name NOT LIKE 'sqlite_%' ORDER BY type = 'trigger', type = 'view', name DESC",
    );
    let dump = texts.join(";\n") + ";\nPRAGMA user_version = 7;";
    let restored = SqliteFile::with(&dump);
    assert_eq!(changed(&catalog(&file), &catalog(&restored)), [""; 0], "{dump}");
}

/// Table by table, everything a person could write differently.
const REWRITTEN: &[(&str, &str)] = &[
    (
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT UNIQUE, c INT CHECK (c > 0) REFERENCES t (a))",
        "create table if not exists \"t\"([a] integer,`b` text,c int,primary key(a),unique(\"b\"),check(C>0),
         -- a comment\n foreign key(c) references T(a))",
    ),
    (
        "CREATE TABLE t (a varchar(20) NOT NULL DEFAULT -1, b DEFAULT (1 + 1), c DEFAULT NULL, d DEFAULT word)",
        "CREATE TABLE t (a VARCHAR ( 20 ) DEFAULT (-1) NOT NULL, b DEFAULT (1/**/+1), c, d DEFAULT 'word')",
    ),
    (
        "CREATE TABLE t (a, b, CHECK (a IN ('x', 'y') AND b LIKE 'z%' AND x'AB' <> a))",
        "CREATE TABLE t (a, b, CHECK (\"a\" in (\"x\", 'y') and B like 'z%' and X'ab' != a))",
    ),
    (
        "CREATE TABLE t (key, \"desc\", CHECK (key > 0 AND \"desc\" IS NOT NULL))",
        "CREATE TABLE t (key, desc, CHECK (\"key\" > 0 AND desc IS NOT NULL))",
    ),
    (
        "CREATE TABLE t (a TEXT COLLATE NOCASE, UNIQUE (a)); CREATE INDEX i ON t (a)",
        "CREATE TABLE t (a TEXT COLLATE nocase, UNIQUE (a COLLATE NOCASE)); CREATE INDEX i ON t (a COLLATE nocase ASC)",
    ),
    (
        "CREATE TABLE t (a); CREATE VIEW v AS SELECT a AS \"Odd one\", 'lit' FROM t WHERE a IN (SELECT a FROM t)",
        "CREATE TABLE t (a); CREATE VIEW v AS select \"a\" as [Odd one],\"lit\"\nfrom 't2' where a in(select a from t)",
    ),
];

#[test]
fn the_same_schema_written_in_another_way_is_the_same() {
    for (one, other) in REWRITTEN {
        let other = other.replace("from 't2'", "from t");
        let (one, other) = (SqliteFile::with(one), SqliteFile::with(&other));
        assert_eq!(changed(&catalog(&one), &catalog(&other)), [""; 0], "{}", other.schema());
    }
}

/// Dropping a column makes SQLite write strings in double quotes as what they are.
#[test]
fn a_string_in_double_quotes_is_a_string() {
    let file = SqliteFile::with(
        "CREATE TABLE t (a CHECK (a <> \"word\"), b); CREATE VIEW v AS SELECT \"word\" FROM t",
    );
    let before = catalog(&file);
    file.execute("ALTER TABLE t ADD COLUMN c; ALTER TABLE t DROP COLUMN c");
    assert!(file.schema().contains("'word'"), "{}", file.schema());
    assert_eq!(changed(&before, &catalog(&file)), [""; 0]);
}
