//! How far a backfill has come, for people.

use std::time::Duration;

use super::restraint::Restraint;

/// What the record says.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Standing {
    /// Rows that are done, those of earlier runs and of other runners among them.
    pub rows: u64,
    /// Blocks that are done, and how many there are.
    pub done: u64,
    pub of: u64,
    pub units_left: u64,
}

/// How a backfill is going.
#[derive(Debug, Clone, PartialEq)]
pub struct BackfillProgress<'a> {
    /// The table.
    pub table: &'a str,
    /// Rows changed by now, in this run and before.
    pub rows: u64,
    /// About how many there are to change, where it can be told.
    pub expected: Option<u64>,
    /// Rows a second, of this run.
    pub rate: f64,
    /// How long it will go on about, where it can be told.
    pub left: Option<Duration>,
    /// The share that is done, from 0 to 1.
    pub share: Option<f64>,
    /// How many connections work.
    pub workers: usize,
    /// How many blocks or rows a batch has.
    pub batch: u64,
    /// Whether these are rows.
    pub batch_is_rows: bool,
    /// Whether only what was left out is looked for.
    pub sweeping: bool,
    /// What holds it back.
    pub restraint: Option<&'a Restraint>,
    /// How long this run has been going on.
    pub elapsed: Duration,
}

/// A backfill that is done.
#[derive(Debug, Clone, PartialEq)]
pub struct BackfillDone {
    /// The table.
    pub table: String,
    /// Rows changed, in this run and before.
    pub rows: u64,
    /// How many batches this run has done.
    pub batches: u64,
    /// How many of them were tried again.
    pub retries: u64,
    /// The longest a batch took.
    pub longest: Duration,
    /// How long this run took.
    pub duration: Duration,
    /// Bytes of the table and of its indexes before.
    pub bytes_before: (u64, u64),
    /// The same behind it.
    pub bytes_after: (u64, u64),
}
