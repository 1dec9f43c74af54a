//! Where in a database a set lives.

use super::Version;

/// One set in one schema of one database, and the table that is its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The set's name; `None` for a project's own unnamed set.
    pub set: Option<String>,
    /// The schema given with `--schema`; `None` means where the session itself creates objects.
    pub schema: Option<String>,
    /// The history table's bare name.
    pub history_table: String,
    /// The highest version among the set's files: the history's column must hold it.
    pub highest_version: Option<Version>,
}

impl Target {
    /// The name of a set's history table: refinery's default for the unnamed set, so that an
    /// application which embeds the same files finds it; with the set's name behind it otherwise.
    pub fn history_table_of(set: Option<&str>) -> String {
        match set {
            None => "refinery_schema_history".to_owned(),
            Some(name) => format!("refinery_schema_history_{}", name.replace('-', "_")),
        }
    }

    /// The set's name as it stands in the ledger; empty for the unnamed set.
    pub fn ledger_set(&self) -> &str {
        self.set.as_deref().unwrap_or_default()
    }
}
