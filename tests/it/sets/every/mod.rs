//! What holds for each bundled set, whichever they are.

mod checks;
mod installed;
mod locks;
mod psql;
mod retention;
mod side_by_side;
mod way_back;

use std::collections::HashSet;
use std::fs;

use turnback::model::Engine;
use turnback::sets::{BundledSet, MigrationSet, bundled, load_bundled};

use crate::support::{Cluster, Either, Run, SqliteFile, Turnback};

/// A bundled set and a database for it.
struct Place {
    name: &'static str,
    set: MigrationSet,
    at: Either,
}

/// Every bundled set with an empty database.
fn each() -> Vec<Place> {
    let names = bundled().iter().map(BundledSet::name);
    names.map(empty).collect()
}

/// Those for PostgreSQL.
fn each_postgres() -> Vec<Place> {
    each().into_iter().filter(|place| matches!(place.at, Either::Postgres(_))).collect()
}

fn empty(name: &'static str) -> Place {
    let set = load_bundled(name).expect("a bundled set is sound");
    let engine = set.manifest.as_ref().expect("a bundled set has a name").engine;
    let at = match engine {
        Engine::Postgres => Either::Postgres(Cluster::shared().database()),
        Engine::Sqlite => Either::Sqlite(SqliteFile::new()),
    };
    Place { name, set, at }
}

impl Place {
    fn run(&self, args: &[&str]) -> Run {
        let url = self.at.url();
        let mut all = vec!["-D", &url, "--set", self.name];
        all.extend(args);
        Turnback::new(&all).run()
    }

    /// The catalog, without what turnback keeps for itself.
    fn catalog(&self) -> String {
        match &self.at {
            Either::Postgres(database) => database.dump_with(&[
                "--schema-only",
                "--exclude-schema=turnback",
                "--exclude-table=*.refinery_schema_history*",
            ]),
            Either::Sqlite(file) => file.schema_without_history(),
        }
    }

    /// Catalog and rows, without what turnback keeps for itself.
    fn everything(&self) -> String {
        match &self.at {
            Either::Postgres(database) => {
                let rows = without_sequences(&database.dump_with(&[
                    "--data-only",
                    "--exclude-schema=turnback",
                    "--exclude-table=*.refinery_schema_history*",
                ]));
                // An UPDATE moves a row; where it lies is no part of the promise.
                let mut rows: Vec<&str> = rows.lines().collect();
                rows.sort_unstable();
                self.catalog() + &rows.join("\n")
            }
            Either::Sqlite(file) => {
                let tables = file.rows(
                    "SELECT name FROM sqlite_schema WHERE type = 'table' \
                     AND name NOT LIKE 'turnback_%' AND name NOT LIKE 'refinery_%' \
                     AND name NOT LIKE 'sqlite_%' ORDER BY name",
                );
                let rows = tables
                    .iter()
                    .flat_map(|table| file.rows(&format!("SELECT * FROM {table} ORDER BY 1")));
                rows.fold(file.schema_without_history(), |all, row| all + "\n" + &row)
            }
        }
    }

    /// The tables an application had before, as the set's first scripts make them, with rows.
    fn living(self) -> Self {
        for migration in &self.set.migrations {
            let text = &migration.script.stored.text;
            if text.contains("turnback:adopt-if") {
                self.at.query(text);
            }
        }
        self.at.query(rows_of(self.name));
        self
    }
}

/// Fails with the lines that differ, rather than with all of two dumps.
#[track_caller]
fn assert_same(is: &str, was: &str, what: &str) {
    let only = |one: &str, other: &str| -> Vec<String> {
        let other: HashSet<&str> = other.lines().collect();
        let mine = one.lines().filter(|line| !other.contains(line));
        mine.take(20).map(|line| line.chars().take(200).collect()).collect()
    };
    let (new, gone) = (only(is, was), only(was, is));
    assert!(is == was, "{what} differs; new: {new:#?}\ngone: {gone:#?}");
}

/// How far a sequence has come is no part of the promise: no transaction takes that back.
fn without_sequences(dump: &str) -> String {
    let lines = dump.lines().filter(|line| !line.starts_with("SELECT pg_catalog.setval("));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Rows of the application: of every odd kind it may have written.
fn rows_of(set: &str) -> &'static str {
    match set {
        "auth-sessions" => include_str!("rows/auth_sessions.sql"),
        "lucia-sessions" => include_str!("rows/lucia_sessions.sql"),
        "refresh-tokens" => include_str!("rows/refresh_tokens.sql"),
        "rls-sessions" => include_str!("rows/rls_sessions.sql"),
        "user-sessions" => include_str!("rows/user_sessions.sql"),
        _ => panic!("add the rows of an application that {set} is installed for"),
    }
}

#[test]
fn every_directory_of_migrations_is_a_bundled_set_with_checks() {
    let entries = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"));
    let mut directories: Vec<String> = entries
        .expect("it is in the repository")
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    directories.sort();
    let names: Vec<&str> = bundled().iter().map(BundledSet::name).collect();
    assert_eq!(names, directories);
    for place in each() {
        assert!(!place.set.checks.is_empty(), "{} has no checks", place.name);
    }
}
