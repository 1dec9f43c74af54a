//! Every single change is seen, where it was made and nowhere else.

use super::{SCHEMA, catalog, changed};
use crate::support::SqliteFile;

/// What is written instead, and the differences that makes.
const EDITS: &[(&str, &str, &[&str])] = &[
    ("user_version = 7", "user_version = 8", &["altered database main"]),
    ("user_version = 7", "application_id = 7", &["altered database main"]),
    (" AUTOINCREMENT", "", &["altered table teams"]),
    (" STRICT", "", &["altered table ages"]),
    (" WITHOUT ROWID", "", &["altered table users"]),
    ("'porter'", "'ascii'", &["altered table notes"]),
    ("fts5 (title, body", "fts5 (title, content", &["altered table notes"]),
    ("size INTEGER", "size TEXT", &["altered column teams.size"]),
    ("varchar(100)", "varchar(200)", &["altered column users.email"]),
    ("TEXT NOT NULL COLLATE", "TEXT COLLATE", &["altered column teams.name"]),
    (" COLLATE NOCASE UNIQUE", " COLLATE RTRIM UNIQUE", &["altered column teams.name"]),
    ("DEFAULT 5", "DEFAULT 6", &["altered column teams.size"]),
    ("DEFAULT 5", "", &["altered column teams.size"]),
    ("DEFAULT 'nobody'", "DEFAULT 'Nobody'", &["altered column users.email"]),
    ("DEFAULT CURRENT_TIMESTAMP", "DEFAULT 'CURRENT_TIMESTAMP'", &["altered column users.created"]),
    ("upper(email)", "lower(email)", &["altered column users.upper_email"]),
    (") VIRTUAL,", ") STORED,", &["altered column users.upper_email"]),
    (
        "\"order\" TEXT,",
        "\"order\" TEXT, extra TEXT,",
        &[
            "minor column users.age",
            "minor column users.created",
            "unexpected column users.extra",
            "minor column users.upper_email",
        ],
    ),
    ("word ANY", "words ANY", &["missing column ages.word", "unexpected column ages.words"]),
    (" ON CONFLICT IGNORE", "", &["altered constraint teams.\"UNIQUE (name)\""]),
    (" UNIQUE ON CONFLICT IGNORE", "", &["missing constraint teams.\"UNIQUE (name)\""]),
    ("CHECK (size > 0)", "", &["missing constraint teams.\"CHECK (size > 0)\""]),
    (
        "CHECK (size > 0)",
        "CHECK (size > 1)",
        &[
            "missing constraint teams.\"CHECK (size > 0)\"",
            "unexpected constraint teams.\"CHECK (size > 1)\"",
        ],
    ),
    ("age >= 18 AND", "age >= 17 AND", &["altered constraint users.adult"]),
    ("<> 'x'", "<> 'X'", &["altered constraint users.adult"]),
    ("\"email\" <> 'x'", "'email' <> 'x'", &["altered constraint users.adult"]),
    (
        "CONSTRAINT adult",
        "CONSTRAINT grown",
        &["missing constraint users.adult", "unexpected constraint users.grown"],
    ),
    ("(id, email DESC)", "(id, email)", &["altered constraint users.pk"]),
    ("(id, email DESC)", "(email DESC, id)", &["altered constraint users.pk"]),
    (
        "UNIQUE (team_id, age)",
        "UNIQUE (age, team_id)",
        &[
            "unexpected constraint users.\"UNIQUE (age, team_id)\"",
            "missing constraint users.\"UNIQUE (team_id, age)\"",
        ],
    ),
    (
        "ON DELETE CASCADE",
        "ON DELETE SET NULL",
        &["altered constraint users.\"FOREIGN KEY (team_id)\""],
    ),
    (
        "ON DELETE CASCADE",
        "ON UPDATE CASCADE",
        &["altered constraint users.\"FOREIGN KEY (team_id)\""],
    ),
    (
        "INITIALLY DEFERRED",
        "INITIALLY IMMEDIATE",
        &["altered constraint users.\"FOREIGN KEY (team_id)\""],
    ),
    ("REFERENCES ages", "REFERENCES teams", &["altered constraint users.\"FOREIGN KEY (age)\""]),
    (
        "REFERENCES ages",
        "REFERENCES ages MATCH FULL",
        &["altered constraint users.\"FOREIGN KEY (age)\""],
    ),
    (
        "years INTEGER PRIMARY KEY",
        "years INTEGER PRIMARY KEY DESC",
        // No longer the rowid, it must not be NULL in a STRICT table.
        &["altered column ages.years", "altered constraint ages.\"PRIMARY KEY\""],
    ),
    ("years INTEGER PRIMARY KEY", "years INTEGER", &["missing constraint ages.\"PRIMARY KEY\""]),
    ("age DESC,", "age,", &["altered index users.by_age"]),
    ("email COLLATE NOCASE,", "email,", &["altered index users.by_age"]),
    ("lower(email))", "upper(email))", &["altered index users.by_age"]),
    (" WHERE age IS NOT NULL", "", &["altered index users.by_age"]),
    ("age IS NOT NULL", "age IS NULL", &["altered index users.by_age"]),
    ("UNIQUE INDEX", "INDEX", &["altered index users.by_order"]),
    (
        "by_order ON",
        "of_order ON",
        &["missing index users.by_order", "unexpected index users.of_order"],
    ),
    ("(id, mail)", "(id, email)", &["altered view adults"]),
    ("u.age >= 18", "u.age > 18", &["altered view adults"]),
    ("JOIN teams", "LEFT JOIN teams", &["altered view adults"]),
    ("AFTER UPDATE", "BEFORE UPDATE", &["altered trigger users.touch"]),
    ("OF email ON", "OF age ON", &["altered trigger users.touch"]),
    (" WHEN new.email <> old.email", "", &["altered trigger users.touch"]),
    ("new.email <> old.email", "new.email IS NOT old.email", &["altered trigger users.touch"]),
    ("years = new.age", "years = old.age", &["altered trigger users.touch"]),
    ("'no'", "'No'", &["altered trigger adults.no_view_writes"]),
];

#[test]
fn each_single_change_is_caught_and_nothing_else() {
    let original = catalog(&SqliteFile::with(SCHEMA));
    assert!(EDITS.len() > 50);
    for (from, to, expected) in EDITS {
        assert_eq!(SCHEMA.matches(from).count(), 1, "{from:?} stands in several places, or none");
        let edited = SqliteFile::with(&SCHEMA.replace(from, to));
        assert_eq!(changed(&original, &catalog(&edited)), *expected, "{from:?} → {to:?}");
    }
}

/// Statements of a migration, and the differences they make.
const STATEMENTS: &[(&str, &[&str])] = &[
    ("DROP INDEX by_age", &["missing index users.by_age"]),
    ("DROP VIEW adults", &["missing view adults", "missing trigger adults.no_view_writes"]),
    ("DROP TRIGGER touch", &["missing trigger users.touch"]),
    ("CREATE TABLE extra (a)", &["unexpected table extra", "unexpected column extra.a"]),
    ("CREATE INDEX by_name ON teams (name)", &["unexpected index teams.by_name"]),
    ("ALTER TABLE teams ADD COLUMN motto TEXT", &["unexpected column teams.motto"]),
    (
        "ALTER TABLE teams DROP COLUMN size",
        &["missing column teams.size", "missing constraint teams.\"CHECK (size > 0)\""],
    ),
    ("PRAGMA user_version = 0", &["altered database main"]),
    // Its name is all that tells these from the tables that are left out.
    (
        "CREATE TABLE turnback_notes (a)",
        &["unexpected table turnback_notes", "unexpected column turnback_notes.a"],
    ),
    (
        "CREATE TABLE refinery_schema_history_notes (a)",
        &[
            "unexpected table refinery_schema_history_notes",
            "unexpected column refinery_schema_history_notes.a",
        ],
    ),
];

#[test]
fn each_statement_is_caught_and_nothing_else() {
    for (sql, expected) in STATEMENTS {
        let file = SqliteFile::with(SCHEMA);
        let before = catalog(&file);
        file.execute(sql);
        assert_eq!(changed(&before, &catalog(&file)), *expected, "{sql}");
    }
}
