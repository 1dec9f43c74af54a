//! Backfills and their parts, as they are on record.

use serde::{Deserialize, Serialize};

use super::tuning::Tuning;
use crate::database::{Answer, DatabaseError};
use crate::model::{BackfillOf, BackfillState, Version};

/// A backfill on record.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its number.
    pub id: i64,
    /// What it is.
    pub of: BackfillOf,
    /// The checksum of its statement.
    pub statement_digest: String,
    /// The checksum of its script.
    pub script_digest: String,
    /// How it stands.
    pub state: BackfillState,
    /// Whether it is still to be worked at, or to be recorded as finished.
    pub open: bool,
    /// How hard it works.
    pub tuning: Tuning,
    /// Where it works.
    pub detail: Detail,
    /// How many rows it has changed.
    pub rows: u64,
    /// How many rows it could not change.
    pub refused: u64,
    /// How many parts are done, and how many there are.
    pub units: (u64, u64),
    /// How many connections work at it.
    pub workers: u64,
    /// When it began, in RFC 3339.
    pub started_at: String,
    /// When it ended, if it did.
    pub finished_at: Option<String>,
    /// How many seconds have passed between the two, or until now.
    pub seconds: f64,
    /// What held it back when last seen; it says nothing where nobody works at it.
    pub waits_for: Option<String>,
    /// The share that is done, from 0 to 1, where it can be told.
    pub share: Option<f64>,
}

/// Where a backfill works.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Detail {
    /// The tables and partitions, by number.
    pub relations: Vec<Place>,
    /// The columns in whose order rows are taken; none where it is that of heap blocks.
    pub key: Vec<String>,
    /// About how many rows there were in all.
    pub rows: Option<u64>,
    /// The bytes of tables and of indexes before.
    pub bytes_before: (u64, u64),
    /// The same behind it.
    pub bytes_after: Option<(u64, u64)>,
    /// How often each block is gone over.
    #[serde(default)]
    pub passes: u64,
}

/// A table or partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its name, qualified and quoted.
    pub name: String,
    /// How many of its blocks are divided into parts.
    pub blocks: u64,
    /// What tells its rows apart.
    pub key: Vec<String>,
    /// The backup its rows are written down in.
    pub backup: Option<i64>,
    /// Whether it was dropped or detached since.
    #[serde(default)]
    pub gone: bool,
}

/// Who works.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Claimant {
    pub pid: i64,
    pub since: String,
}

/// A part of a backfill that somebody works at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    pub number: i64,
    pub relation: usize,
    pub first: Option<String>,
    pub last: Option<String>,
    pub next: Option<String>,
    pub pass: u64,
}

/// How far a part has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Advance {
    pub next: Option<String>,
    pub pass: u64,
    pub done: bool,
}

/// The value of a boolean, as either engine writes it.
pub(super) fn is_true(text: &str) -> bool {
    matches!(text, "t" | "1" | "true")
}

pub(super) fn job(row: &[Option<String>]) -> Result<Job, DatabaseError> {
    let text = |column: usize| row.get(column).cloned().flatten();
    let word = |column: usize| text(column).unwrap_or_default();
    let count = |column: usize| word(column).parse::<u64>().map_err(|_| unreadable());
    let detail: Detail = serde_json::from_str(&word(11)).map_err(|_| unreadable())?;
    let rows = count(12)?;
    let state = BackfillState::from_word(&word(8)).ok_or_else(unreadable)?;
    Ok(Job {
        id: word(0).parse().map_err(|_| unreadable())?,
        of: BackfillOf {
            version: Version::new(word(1).parse().map_err(|_| unreadable())?),
            name: word(2),
            rolling_back: is_true(&word(3)),
            statement: usize::try_from(count(4)?).map_err(|_| unreadable())?,
            table: word(5),
        },
        statement_digest: word(6),
        script_digest: word(7),
        state,
        // Where its step has not gone on since, what it wrote down is still to be settled.
        open: is_true(&word(9)) && state != BackfillState::Cancelled,
        tuning: serde_json::from_str(&word(10)).map_err(|_| unreadable())?,
        share: share(&detail, rows, [21, 22, 23].map(|column| count(column).unwrap_or(0))),
        detail,
        rows,
        refused: count(13)?,
        units: (count(14)?, count(15)?),
        workers: count(16)?,
        started_at: word(17),
        finished_at: text(18),
        seconds: word(19).parse().unwrap_or(0.0),
        waits_for: text(20),
    })
}

/// The share of the blocks that is done, or else of the rows there are about.
fn share(detail: &Detail, rows: u64, [blocks, done, begun]: [u64; 3]) -> Option<f64> {
    let passes = detail.passes.max(1);
    let (part, of) = match (blocks, detail.rows) {
        (0, Some(expected @ 1..)) => (rows, expected),
        (0, _) => return None,
        (blocks, _) => (done * passes + begun, blocks * passes),
    };
    #[expect(clippy::cast_precision_loss, reason = "it is shown with three digits")]
    let share = part as f64 / of as f64;
    Some(share.min(1.0))
}

pub(super) fn unit(answer: &Answer) -> Option<Unit> {
    let row = answer.rows.first()?;
    let text = |column: usize| row.get(column).cloned().flatten();
    Some(Unit {
        number: text(0)?.parse().ok()?,
        relation: text(1)?.parse().ok()?,
        first: text(2),
        last: text(3),
        next: text(4),
        pass: text(5)?.parse().ok()?,
    })
}

pub(super) fn unreadable() -> DatabaseError {
    DatabaseError::Unexpected("the record of a backfill cannot be read".to_owned())
}
