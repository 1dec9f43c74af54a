//! What a session notes of the scripts it runs, for whoever asked it to.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::model::ObjectName;
use crate::sql::LockStrength;

/// Where a session writes down when statements ran and what they locked. Its copies are one and the
/// same.
#[derive(Debug, Clone, Default)]
pub struct StatementClock(Arc<Mutex<Noted>>);

/// What was written down since it was last taken.
#[derive(Debug, Default)]
pub struct Noted {
    /// What ran, in order.
    pub runs: Vec<TimedRun>,
    /// What a transaction held when its script was done, by table.
    pub locks: Vec<HeldLock>,
}

/// A run of statements between two moments that are known: of one, mostly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedRun {
    /// When it began.
    pub began: Instant,
    /// How long it took.
    pub took: Duration,
    /// Which statements of the text it was, from 0.
    pub statements: Range<usize>,
    /// How many rows each of those that finished touched; shorter where some did not finish.
    pub rows: Vec<u64>,
}

/// A lock on a table or on something like it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldLock {
    /// What is locked.
    pub object: ObjectName,
    /// The strongest lock on it.
    pub mode: LockStrength,
}

impl StatementClock {
    /// Writes down a run that began at `began` and is over now.
    pub(in crate::database) fn ran(
        &self,
        began: Instant,
        statements: Range<usize>,
        rows: Vec<u64>,
    ) {
        let took = began.elapsed();
        self.noted().runs.push(TimedRun { began, took, statements, rows });
    }

    /// Writes down what a transaction holds.
    pub(in crate::database) fn holds(&self, locks: Vec<HeldLock>) {
        self.noted().locks = locks;
    }

    /// Hands over what was written down, and begins anew.
    pub fn take(&self) -> Noted {
        std::mem::take(&mut *self.noted())
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        // Whoever panicked while writing has left nothing half written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
