//! A hazard of `SQLite` where it is found.

use crate::sql::hazards::rule::{HazardLevel, HazardRule};

/// A hazard in a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sql) struct SqliteHazard {
    /// What is known of it.
    pub rule: &'static HazardRule,
    /// How much it weighs here.
    pub level: HazardLevel,
    /// What the danger is here, in a sentence.
    pub message: String,
    /// What to write instead, where that depends on the statement.
    pub help: Option<String>,
    /// The statement's index in the script.
    pub statement: usize,
    /// The byte in the script's text where it begins.
    pub at: usize,
}

/// The hazard in a statement, as heavy as can be.
pub(super) fn found_by(
    rule: &'static HazardRule,
    statement: usize,
    at: usize,
    message: String,
) -> SqliteHazard {
    SqliteHazard { rule, level: rule.level, message, help: None, statement, at }
}
