//! What everybody who works at a backfill has in common.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::compose::{Composer, Relation};
use super::control::Control;
use super::fault::BackfillFault;
use super::record::Advance;
use super::store::{Store, Which};
use crate::database::{Answer, DatabaseError, Interrupt, Session};
use crate::engine::backup::Journal;
use crate::model::Engine;

/// How soon one who waits sees that the operator wants to stop.
const INTERRUPT_SEEN: Duration = Duration::from_millis(50);

/// A relation, and how its rows are told apart and written down.
#[derive(Debug, Clone)]
pub(super) struct Ground {
    pub relation: Relation,
    /// Whether nothing is to be done there any more.
    pub gone: bool,
    pub journal: Option<Journal>,
    /// What tells a row from another, as a text, of the author's table.
    pub row_key: String,
    /// The same for people.
    pub row_shown: String,
}

impl Ground {
    /// A relation that is not there any more.
    pub const fn gone(number: usize, name: String) -> Self {
        let relation = Relation { number, name, is_named: false, blocks: 0, key_types: Vec::new() };
        Self {
            relation,
            gone: true,
            journal: None,
            row_key: String::new(),
            row_shown: String::new(),
        }
    }
}

/// What everybody who works at a backfill shares.
pub(super) struct Shared {
    pub store: Store,
    pub job: i64,
    /// The table as its statement names it.
    pub table: String,
    pub composer: Composer,
    pub grounds: Vec<Ground>,
    /// How often each block is gone over, each time for another share of its rows. What the first
    /// time has made dead is reused by the next one.
    pub passes: u64,
    pub control: Mutex<Control>,
    pub tally: Mutex<Tally>,
    /// Told when something changes that somebody may wait for.
    pub changed: Condvar,
    pub began: Instant,
    pub interrupt: Interrupt,
}

/// What was done in this run.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub rows: u64,
    pub batches: u64,
    /// Batches that were done again.
    pub retries: u64,
    /// The longest a batch took.
    pub longest: Duration,
    /// Blocks or rows that are done, each as often as it is gone over.
    pub done: u64,
    /// Whether to stop.
    pub stop: bool,
    /// Why, where it is a fault.
    pub fault: Option<BackfillFault>,
}

impl Shared {
    pub fn control(&self) -> MutexGuard<'_, Control> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was done, for those who go on in other surroundings.
    pub fn take_tally(&self) -> Tally {
        Tally { stop: false, fault: None, ..std::mem::take(&mut *self.tally()) }
    }

    pub fn stops(&self) -> bool {
        self.tally().stop || self.interrupt.is_raised()
    }

    pub fn stop(&self, fault: Option<BackfillFault>) {
        let mut tally = self.tally();
        tally.stop = true;
        if tally.fault.is_none() {
            tally.fault = fault;
        }
        drop(tally);
        self.changed.notify_all();
    }

    /// How many parts are not done.
    pub fn units_left(&self, session: &mut dyn Session) -> Result<u64, DatabaseError> {
        let no = if self.store.engine() == Engine::Postgres { "NOT done" } else { "done = 0" };
        let counted = session.exchange(&[format!(
            "SELECT count(*) FROM {} WHERE backfill = {} AND relation < {} AND {no}",
            self.store.table(Which::Unit),
            self.job,
            self.grounds.len()
        )])?;
        Ok(counted.first().and_then(Answer::value).and_then(|it| it.parse().ok()).unwrap_or(0))
    }

    /// Waits, unless there is a stop.
    pub fn pause(&self, time: Duration) {
        let until = Instant::now() + time;
        let mut tally = self.tally();
        while !tally.stop && !self.interrupt.is_raised() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            // Nobody tells of an interrupt.
            let waited = self.changed.wait_timeout(tally, left.min(INTERRUPT_SEEN));
            tally = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Rows to change, and how far the part has come then.
pub(super) struct Batch {
    pub which: String,
    /// How many blocks or rows that is; 0 where it is not known.
    pub size: u64,
    pub advance: Advance,
}

/// How many rows of a part match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Density {
    /// None: there is nothing to do.
    Empty,
    /// So few that a page has room for them: it is gone over once.
    Sparse,
    Dense,
}
