//! Statements that work beside others for long: concurrent builds, drops, reindexes and detaches.

use std::time::Duration;

use super::StatementRun;
use crate::database::DatabaseError;
use crate::model::{Blocker, ObjectName};
use crate::sql::Reindexed;

/// What engines offer that have such statements.
pub trait Concurrent {
    /// Runs one and records that it ran, as [`run_statement`](super::Session::run_statement) does. It
    /// waits for locks as long as it takes; `tell` hears now and then how it is going.
    fn run(&mut self, run: &StatementRun<'_>, tell: &mut Telling<'_>) -> Result<(), DatabaseError>;

    /// The process that is building an index of this name concurrently.
    fn builder(&mut self, index: &ObjectName) -> Result<Option<i32>, DatabaseError>;

    /// The invalid indexes that reindexes which did not finish have left on a table and its
    /// partitions, on those of an index, or on all tables of a schema or of the database, as far as
    /// this role may drop them. Also answered where a stop was asked for.
    fn leftovers(&mut self, of: &Reindexed) -> Result<Vec<ObjectName>, DatabaseError>;

    /// Drops an index concurrently, waiting for each lock no longer than `patience`; `None` waits as
    /// long as it takes. Also done where a stop was asked for.
    fn drop_index(
        &mut self,
        index: &ObjectName,
        patience: Option<Duration>,
        tell: &mut Telling<'_>,
    ) -> Result<(), DatabaseError>;

    /// How a partition stands to its table. Also answered where a stop was asked for.
    fn partition_state(
        &mut self,
        whole: &ObjectName,
        part: &ObjectName,
    ) -> Result<PartitionState, DatabaseError>;
}

/// Hears how a statement is going.
pub type Telling<'a> = dyn FnMut(&Ongoing) + 'a;

/// How a partition stands to its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartitionState {
    /// It is one of its partitions.
    Attached,
    /// A detach began and did not finish: queries no longer see its rows in the table.
    HalfDetached,
    /// It is a table of its own.
    Apart,
    /// There is no such table.
    Absent,
}

/// How far a statement has come, seen from beside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ongoing {
    /// For how long it has run.
    pub elapsed: Duration,
    /// What it does, in the server's words: `building index: scanning table`; `None` where the
    /// server does not tell.
    pub phase: Option<String>,
    /// How much of that is done.
    pub share: Option<Share>,
    /// Whom it waits for.
    pub waits_for: Vec<Blocker>,
}

/// A part of what is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// So much is done.
    pub done: u64,
    /// So much is to be done.
    pub total: u64,
    /// Of these.
    pub unit: &'static str,
}
