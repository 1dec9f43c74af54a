//! The history table, in refinery's shape and written through refinery's own traits.
//!
//! What refinery would let through is caught here: the whole step goes in one transaction, the
//! checksum is the one the application's build of refinery computes, versions beyond 32 bits get
//! a column that holds them.

use std::error::Error;
use std::fmt;

use refinery_core::traits::sync::{Transaction, migrate};
use refinery_core::{Migrate, Migration, Target};
use serde_json::json;

use super::DatabaseError;
use super::contract::HistoryChange;
use crate::model::Version;
use crate::sets::{MigrationSet, VersionWidth, refinery_checksum, refinery_checksums};

/// A transaction as refinery sees one: it is handed every statement of a step at once.
struct StepStatements<'a> {
    run: &'a mut dyn FnMut(&[&str]) -> Result<(), DatabaseError>,
    failure: Option<DatabaseError>,
}

/// Tells refinery to stop; the reason is kept beside it.
#[derive(Debug)]
struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stopped")
    }
}

impl Error for Stopped {}

impl Transaction for StepStatements<'_> {
    type Error = Stopped;

    fn execute<'a, T: Iterator<Item = &'a str>>(&mut self, queries: T) -> Result<usize, Stopped> {
        let queries: Vec<&str> = queries.collect();
        match (self.run)(&queries) {
            Ok(()) => Ok(queries.len()),
            Err(error) => {
                self.failure = Some(error);
                Err(Stopped)
            }
        }
    }
}

impl refinery_core::traits::sync::Query<Vec<Migration>> for StepStatements<'_> {
    /// The engine has compared files and history already, by its own rules.
    fn query(&mut self, _query: &str) -> Result<Vec<Migration>, Stopped> {
        Ok(Vec::new())
    }
}

impl Migrate for StepStatements<'_> {}

/// The statement that creates the history table.
pub(super) fn create_table(quoted_table: &str, width: VersionWidth) -> String {
    const PLACEHOLDER: &str = "turnback_history";
    let ddl = StepStatements::assert_migrations_table_query(PLACEHOLDER);
    let ddl = match width {
        VersionWidth::Int8 => ddl,
        VersionWidth::Int4 => ddl.replace(" int8 ", " int4 "),
    };
    ddl.replace(PLACEHOLDER, quoted_table)
}

/// A checksum that changes when the history becomes wider.
pub(super) struct Widened {
    pub version: Version,
    pub narrow: String,
    pub wide: String,
}

/// The width goes into refinery's checksums, so rows written before the first version beyond 32
/// bits would look changed to the application, which by then is built for 64.
pub(super) fn widened(set: &MigrationSet) -> impl Iterator<Item = Widened> {
    set.migrations.iter().filter_map(|migration| {
        let [narrow, wide] = refinery_checksums(migration).map(|sum| sum.to_string());
        (narrow != wide).then_some(Widened { version: migration.version, narrow, wide })
    })
}

/// Runs a step: `run` gets the script (if there is one) and the history's statement, in this
/// order, and must execute both in one transaction.
pub(super) fn execute(
    quoted_table: &str,
    width: VersionWidth,
    change: HistoryChange<'_>,
    script: Option<&str>,
    run: &mut dyn FnMut(&[&str]) -> Result<(), DatabaseError>,
) -> Result<(), DatabaseError> {
    match change {
        HistoryChange::Keep => run(&script.into_iter().collect::<Vec<_>>()),
        HistoryChange::Delete(version) => {
            let delete = format!("DELETE FROM {quoted_table} WHERE version = {version}");
            run(&script.into_iter().chain([delete.as_str()]).collect::<Vec<_>>())
        }
        HistoryChange::Insert { version, name, script: text } => {
            let checksum = refinery_checksum(name, version, &text.text, width);
            // refinery's constructor hashes the version at the width this program was built with;
            // its serialised form lets the checksum be the one of the table's width.
            let migration: Migration = serde_json::from_value(json!({
                "state": "Unapplied",
                "name": name,
                "checksum": checksum,
                "version": version.get(),
                "prefix": "Versioned",
                "sql": script.unwrap_or_default(),
                "applied_on": null,
            }))
            .map_err(|error| DatabaseError::Unexpected(format!("refinery's migration: {error}")))?;
            let target = if script.is_some() { Target::Latest } else { Target::Fake };
            let mut statements = StepStatements { run, failure: None };
            let outcome = migrate(&mut statements, vec![migration], target, quoted_table, true);
            match (statements.failure, outcome) {
                (Some(failure), _) => Err(failure),
                (None, Ok(_)) => Ok(()),
                (None, Err(error)) => Err(DatabaseError::Unexpected(format!("refinery: {error}"))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Digest, StoredScript};

    #[test]
    fn the_table_is_refinerys_in_either_width() {
        let ddl = create_table("\"app\".\"refinery_schema_history\"", VersionWidth::Int4);
        assert!(ddl.contains("\"app\".\"refinery_schema_history\"("), "{ddl}");
        assert!(ddl.contains("version int4 PRIMARY KEY"), "{ddl}");
        assert!(create_table("t", VersionWidth::Int8).contains("version int8 PRIMARY KEY"));
    }

    #[test]
    fn script_and_history_row_arrive_together() {
        let text = StoredScript { digest: Digest::of("x"), text: "CREATE TABLE t(a)".into() };
        let change =
            HistoryChange::Insert { version: Version::new(1), name: "base", script: &text };
        let mut seen = Vec::new();
        execute("h", VersionWidth::Int4, change, Some(&text.text), &mut |queries| {
            seen.push(queries.iter().map(ToString::to_string).collect::<Vec<_>>());
            Ok(())
        })
        .unwrap();
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0][0], text.text);
        assert!(
            seen[0][1].starts_with(
                "INSERT INTO h (version, name, applied_on, checksum) VALUES (1, 'base'"
            )
        );
    }
}
