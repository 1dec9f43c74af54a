//! The rules against what `SQLite` really does.

use rusqlite::Connection;

use super::{SqliteHazard, SqliteSchema, hazards};
use crate::model::Engine;
use crate::sql::hazards::{CATALOGUE, HazardRule};
use crate::sql::parse;
use crate::sql::sqlite::version::SqliteVersion;

/// What a rule finds in a script, behind another one that made the schema.
pub(super) fn found(rule: &HazardRule, before: &str, text: &str) -> Vec<SqliteHazard> {
    found_for(SqliteVersion::BUILT_IN, rule, before, text)
}

/// The same, for scripts that must run on an older `SQLite`.
pub(super) fn found_for(
    minimum: SqliteVersion,
    rule: &HazardRule,
    before: &str,
    text: &str,
) -> Vec<SqliteHazard> {
    let read = |text| {
        parse(Engine::Sqlite, "V1__a.sql", text).unwrap_or_else(|error| panic!("{error}: {text}"))
    };
    let mut schema = SqliteSchema::default();
    schema.learn(before, &read(before));
    let found = hazards(text, &read(text), minimum, &schema);
    found.into_iter().filter(|it| it.rule.id == rule.id).collect()
}

/// What tells whether a change went well, with the answer where it did.
const PROOFS: [(&str, &str, &str); 6] = [
    ("sqlite-alter-unsupported", "SELECT count(*) FROM accounts WHERE created_at <> ''", "1"),
    (
        "sqlite-rebuild-loses-objects",
        "SELECT count(*) FROM sqlite_schema WHERE name = 'accounts_email'",
        "1",
    ),
    ("sqlite-rebuild-with-foreign-keys", "SELECT count(*) FROM orders", "1"),
    (
        "sqlite-rename-before-rebuild",
        "SELECT \"table\" FROM pragma_foreign_key_list('orders')",
        "accounts",
    ),
    ("sqlite-type-affinity", "SELECT code FROM coupons", "0012"),
    ("sqlite-without-rowid-backfill", "SELECT count(kind) FROM settings", "2"),
];

fn rules() -> impl Iterator<Item = &'static HazardRule> {
    CATALOGUE.into_iter().filter(|rule| rule.engine == Some(Engine::Sqlite))
}

/// Runs a migration as turnback does, foreign keys off, and asks for the proof.
fn outcome(ground: &str, text: &str, proof: &str) -> rusqlite::Result<String> {
    let connection = Connection::open_in_memory()?;
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.execute_batch(ground)?;
    connection.execute_batch(text)?;
    connection.query_row(proof, [], |row| {
        let value = row.get_ref(0)?;
        Ok(match value.as_i64() {
            Ok(number) => number.to_string(),
            Err(_) => value.as_str().unwrap_or_default().to_owned(),
        })
    })
}

#[test]
fn the_bad_form_does_damage_and_is_found_and_the_safe_one_neither() {
    assert_eq!(rules().count(), PROOFS.len());
    for (rule, (id, proof, whole)) in rules().zip(PROOFS) {
        assert_eq!(rule.id, id);
        let example = rule.example.expect("each has one");
        let [safe_form] = example.safe else { panic!("{id} has several") };
        let bad = outcome(example.ground, example.bad, proof);
        assert_ne!(bad.as_deref().ok(), Some(whole), "{id} does no damage");
        let safe = outcome(example.ground, safe_form, proof);
        assert_eq!(safe.as_deref().ok(), Some(whole), "{id}: {safe:?}");
        assert_eq!(found(rule, example.ground, example.bad).len(), 1, "{id}");
        let schema = {
            let mut schema = SqliteSchema::default();
            let ground = parse(Engine::Sqlite, "V1__a.sql", example.ground).unwrap();
            schema.learn(example.ground, &ground);
            schema
        };
        let script = parse(Engine::Sqlite, "V2__b.sql", safe_form).unwrap();
        let left = hazards(safe_form, &script, SqliteVersion::OLDEST, &schema);
        assert_eq!(left, [], "{id}: the safe form has hazards");
    }
}

/// What the rule about `ALTER TABLE` finds, and what `SQLite` says to it on a table with a row.
#[test]
fn what_is_said_of_alter_table_is_what_sqlite_does() {
    let rule = rules().find(|it| it.id == "sqlite-alter-unsupported").expect("it is there");
    let ground = "CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1); \
                  CREATE TABLE t (a INTEGER, b TEXT, CONSTRAINT k CHECK (a > 0)); \
                  INSERT INTO t VALUES (1, 'x');";
    for action in [
        "ADD COLUMN c INTEGER PRIMARY KEY",
        "ADD COLUMN c INTEGER UNIQUE",
        "ADD c INTEGER NOT NULL",
        "ADD c INTEGER NOT NULL DEFAULT NULL",
        "ADD c INTEGER NOT NULL DEFAULT 0",
        "ADD c TEXT DEFAULT CURRENT_DATE",
        "ADD c INTEGER DEFAULT (1)",
        "ADD c INTEGER DEFAULT ('x')",
        "ADD c INTEGER DEFAULT (random())",
        "ADD c INTEGER DEFAULT -5",
        "ADD c INTEGER AS (a + 1) STORED",
        "ADD c INTEGER AS (a + 1)",
        "ADD c INTEGER REFERENCES p DEFAULT 1",
        "ADD c INTEGER REFERENCES p ON DELETE SET DEFAULT",
        "ADD COLUMN IF NOT EXISTS c INTEGER",
        "ADD c INTEGER, ADD d INTEGER",
        "ADD CONSTRAINT l CHECK (a < 9)",
        "ADD CHECK (a < 9)",
        "ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id)",
        "ADD UNIQUE (a)",
        "ADD PRIMARY KEY (a)",
        "DROP CONSTRAINT k",
        "DROP COLUMN b",
        "DROP COLUMN IF EXISTS b",
        "DROP COLUMN b CASCADE",
        "DROP COLUMN b, DROP COLUMN a",
        "RENAME b TO c",
        "RENAME COLUMN b TO c",
        "RENAME CONSTRAINT k TO l",
        "RENAME TO u",
        "ALTER COLUMN a SET NOT NULL",
        "ALTER COLUMN a DROP NOT NULL",
        "ALTER COLUMN a TYPE TEXT",
        "ALTER COLUMN a SET DEFAULT 1",
        "OWNER TO x",
        "SET SCHEMA x",
    ] {
        let text = format!("ALTER TABLE t {action}");
        let is_refused = outcome(ground, &text, "SELECT 1").is_err();
        let is_found = !found(rule, ground, &text).is_empty();
        assert_eq!(is_found, is_refused, "{text}");
    }
}

#[test]
fn the_built_in_version_is_the_one_that_is_told() {
    let built_in = SqliteVersion::parse(rusqlite::version()).expect("three numbers");
    assert_eq!(built_in, SqliteVersion::BUILT_IN);
    assert_eq!(SqliteVersion::parse("3.35"), Some(SqliteVersion::OLDEST));
    for wrong in ["", "3", "three", "3.35.x", "3.35.1.2x"] {
        assert_eq!(SqliteVersion::parse(wrong), None, "{wrong}");
    }
}
