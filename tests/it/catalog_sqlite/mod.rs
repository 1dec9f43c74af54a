//! What the catalog of a SQLite database sees, and what it does not.

mod changes;
mod harmless;
mod odd;
mod sets;

use turnback::catalog::{Catalog, Scope, differences};
use turnback::database::{Interrupt, open};
use turnback::settings::{Connection, SqliteLocation};

use crate::support::SqliteFile;

fn catalog(file: &SqliteFile) -> Catalog {
    let connection = Connection::Sqlite(SqliteLocation::File(file.path()));
    let mut session = open(&connection, &Interrupt::default()).expect("it is a database");
    session.read_catalog(&Scope::default()).expect("a catalog can be read")
}

/// Each difference as `altered column users.id`, in order.
fn changed(expected: &Catalog, actual: &Catalog) -> Vec<String> {
    differences(expected, actual)
        .iter()
        .map(|it| format!("{} {}", it.change.word(), it.key))
        .collect()
}

/// What of an object the catalog holds, as `name: value`.
#[track_caller]
fn properties(catalog: &Catalog, object: &str) -> Vec<String> {
    let found = catalog.objects.values().find(|it| it.key.to_string() == object);
    let found = found.unwrap_or_else(|| panic!("no {object} in {:#?}", catalog.objects.keys()));
    found.properties.iter().map(|(name, value)| format!("{name}: {value}")).collect()
}

/// A schema with one of everything, written as a person writes it.
const SCHEMA: &str = r#"
PRAGMA user_version = 7;
CREATE TABLE teams (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice
    name TEXT NOT NULL COLLATE NOCASE UNIQUE ON CONFLICT IGNORE,
    size INTEGER DEFAULT 5 CHECK (size > 0)
);
CREATE TABLE users (
    id INTEGER NOT NULL,
    team_id INTEGER REFERENCES teams (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    email varchar(100) NOT NULL DEFAULT 'nobody',
    "order" TEXT,
    age INTEGER,
    created TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    upper_email TEXT GENERATED ALWAYS AS (upper(email)) VIRTUAL,
    CONSTRAINT pk PRIMARY KEY (id, email DESC),
    CONSTRAINT adult CHECK (age >= 18 AND "email" <> 'x'),
    UNIQUE (team_id, age),
    FOREIGN KEY (age) REFERENCES ages
) WITHOUT ROWID;
CREATE TABLE ages (years INTEGER PRIMARY KEY, word ANY) STRICT;
CREATE VIRTUAL TABLE notes USING fts5 (title, body, tokenize = 'porter');
CREATE INDEX by_age ON users (age DESC, email COLLATE NOCASE, lower(email)) WHERE age IS NOT NULL;
CREATE UNIQUE INDEX by_order ON users ("order");
CREATE VIEW adults (id, mail) AS
    SELECT u.id, u.email FROM users AS u JOIN teams AS t ON t.id = u.team_id WHERE u.age >= 18;
CREATE TRIGGER touch AFTER UPDATE OF email ON users WHEN new.email <> old.email BEGIN
    UPDATE users SET created = CURRENT_TIMESTAMP WHERE id = new.id;
    DELETE FROM ages WHERE years = new.age;
END;
CREATE TRIGGER no_view_writes INSTEAD OF INSERT ON adults BEGIN SELECT raise(ABORT, 'no'); END;
INSERT INTO teams (id, name) VALUES (1, 'a'), (2, 'b');
"#;
