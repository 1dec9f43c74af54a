//! What was seen of each statement.

use std::time::Duration;

use crate::database::Likeness;
use crate::engine::EngineError;
use crate::model::{LineColumn, ObjectName, Version};
use crate::sql::LockStrength;

/// A plan that was tried on a throwaway database.
#[derive(Debug)]
pub struct Rehearsal {
    /// Where, in one line.
    pub place: String,
    /// What the database lacks that the live one has, and what cannot be seen there.
    pub notes: Vec<String>,
    /// How much its tables are like the live ones; nothing of a `SQLite` file, which is copied whole.
    pub likeness: Likeness,
    /// What was seen, as far as it went.
    pub steps: Vec<RehearsedStep>,
    /// Why it ended before its end.
    pub failure: Option<EngineError>,
}

/// One step of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RehearsedStep {
    /// The version.
    pub version: Version,
    /// Its statements that ran, by their place in the script.
    pub statements: Vec<(usize, Observed)>,
    /// The dangers that nobody foresaw.
    pub hazards: Vec<ObservedHazard>,
    /// How many pages the step wrote, where the engine tells: `SQLite`.
    pub pages: Option<u64>,
}

/// What one statement did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observed {
    /// The locks it took or made stronger, on tables and the like that were there before its step.
    pub locks: Vec<ObservedLock>,
    /// What was written anew, from its first row to its last.
    pub rewrites: Vec<Rewrite>,
    /// The tables that were emptied at one go.
    pub emptied: Vec<ObjectName>,
    /// The tables that were read without an index.
    pub scans: Vec<Scan>,
    /// The rows that were changed, by triggers and foreign keys too.
    pub changed: Vec<RowsChanged>,
    /// How many rows were changed in all, where the engine does not say in which tables: `SQLite`.
    pub rows: Option<u64>,
    /// How long it took.
    pub duration: Duration,
    /// How it ran.
    pub how: Carried,
}

/// How a statement was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Carried {
    /// Within a transaction.
    #[default]
    InTransaction,
    /// Outside of one, watched by a second session.
    Alone,
    /// A backfill, without its batches.
    InOnePiece,
}

/// A lock that was held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedLock {
    /// The relation.
    pub object: ObjectName,
    /// How strong it was.
    pub lock: LockStrength,
    /// Whether the plan says so.
    pub foreseen: bool,
}

/// A table or an index that was written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// The relation.
    pub object: ObjectName,
    /// The table, where it is an index.
    pub index_of: Option<ObjectName>,
}

/// A table that was read without an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The table.
    pub table: ObjectName,
    /// How many rows were read.
    pub rows: u64,
}

/// Rows of a table that were changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowsChanged {
    /// The table.
    pub table: ObjectName,
    /// How many are new.
    pub inserted: u64,
    /// How many have other values.
    pub updated: u64,
    /// How many are gone.
    pub deleted: u64,
}

/// A danger that only the rehearsal has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedHazard {
    /// `observed-rewrite`, `observed-scan` or `observed-lock`.
    pub id: &'static str,
    /// What happened.
    pub message: String,
    /// About how many rows the live table has, where that is known.
    pub rows: Option<u64>,
    /// The statement's place in the script.
    pub statement: usize,
    /// Where it stands.
    pub at: LineColumn,
    /// Why the author accepts it, where a directive does.
    pub accepted: Option<String>,
}
