//! SQL text: split into statements, classified, directives read, identifiers quoted.
//!
//! `PostgreSQL` is read by the squawk crates, `SQLite` is cut by `SQLite`'s own tokenizer. Nothing
//! here knows a database or a file system.

mod added;
mod backfill;
mod calls;
mod checks;
mod constraint;
mod directives;
mod error;
mod hazards;
mod lint;
mod meaning;
mod parse;
mod postgres;
mod quote;
mod rename;
mod rules;
mod schemas;
mod script;
mod server_objects;
mod split;
mod sqlite;
pub mod stored;
mod summary;
mod token;
mod words;

#[cfg(test)]
mod tests;

pub use added::columns_added;
pub use backfill::{Backfill, Unsound};
pub use calls::{functions_called, names_before_parentheses};
pub use checks::{Check, CheckFile, Trial, parse_checks};
pub use constraint::{
    Clues, ConstraintText, TypeText, clues, listed_columns, read_constraint, read_type,
    replace_word, unique_index_columns,
};
pub use directives::nearest_hazards;
pub use error::ScriptError;
pub use hazards::{
    Before, CATALOGUE, Cost, Doubt, Example, Ground, Hazard, HazardLevel, HazardLock, HazardRule,
    hazard_ids, hazard_rule, hazards_on, suspicions,
};
pub use lint::{
    ALLOW_WITHOUT_REASON, INVALID_FILE, INVALID_SCRIPT, UNKNOWN_HAZARD, UNUSED_ALLOW, lint_ids,
    nearest_lint_ids,
};
pub use parse::{Faults, Review, parse, review};
pub use postgres::is_data_type;
pub use quote::{quote_identifier, quote_literal, quote_name};
pub use rename::{Rename, Renamed};
pub use script::{
    Adoption, Affected, Allowance, BackupRequest, ChangedRows, Keys, LockStrength, ParsedScript,
    Reach, Reached, Reindexed, Requirement, RowChange, RowChoice, Statement, StatementKind,
    TransactionMode,
};
pub use server_objects::{ServerChange, ServerObject};
pub use sqlite::hazards::SqliteSchema;
pub use sqlite::version::SqliteVersion;
