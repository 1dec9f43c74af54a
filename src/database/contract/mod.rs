//! What turnback asks of a database engine.

mod answers;
mod clock;
mod colleagues;
mod concurrent;
mod step;
mod transaction;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::DatabaseError;
use crate::catalog::{Catalog, Scope};
use crate::model::{
    Backup, Blocker, Digest, Globals, LedgerState, ObjectName, StatementState, Target,
};
use crate::plan::{Presence, Probe, Questions, Surroundings};
use crate::sets::MigrationSet;

pub use answers::{
    Answer, BatchStart, BypassReason, Capabilities, DeletedBatch, IndexState, LockAttempt,
    LockHolder, Notice, PolicyBypass, RowCount, Rows, ServerFacts, TableDigest, TableSize,
};
pub use clock::{HeldLock, Noted, StatementClock, TimedRun};
pub use colleagues::Colleagues;
pub use concurrent::{Concurrent, Ongoing, PartitionState, Share, Telling};
pub use step::{
    CatalogRecord, Catalogs, HistoryChange, Judge, ProgressMark, Reading, StatementRun,
    StepTransaction, StoredCatalog,
};

pub use transaction::{
    ColumnShape, Ending, Keep, Keeper, Keeping, OpenTransaction, TableLock, TableShape, Touch,
};

/// A connection to one database. Reading verbs never write; writing verbs are called only by the
/// engine, which holds the runner lock then.
pub trait Session {
    /// What is known of the database.
    fn facts(&self) -> &ServerFacts;

    /// How the engine differs.
    fn capabilities(&self) -> &'static Capabilities;

    /// Everything recorded about a set, in one snapshot. A database turnback never touched gives
    /// the empty state.
    fn read_ledger(&mut self, target: &Target) -> Result<LedgerState, DatabaseError>;

    /// Recorded texts by checksum; unknown ones are left out.
    fn read_texts(&mut self, digests: &[Digest]) -> Result<HashMap<Digest, String>, DatabaseError>;

    /// What was saved of the tables of a schema, whichever set's steps destroyed it, oldest first.
    fn read_backups(&mut self, target: &Target) -> Result<Vec<Backup>, DatabaseError>;

    /// The tables there are, as scripts of the target find them, reading only.
    fn read_tables(&mut self, target: &Target) -> Result<Vec<TableShape>, DatabaseError>;

    /// Answers questions about objects, all in one round trip.
    fn look_up(
        &mut self,
        target: &Target,
        probes: &[Probe],
    ) -> Result<HashMap<Probe, Presence>, DatabaseError>;

    /// What decides on a plan's hazards, reading only, and waiting for no lock longer than a moment.
    fn surroundings(
        &mut self,
        target: &Target,
        questions: &Questions,
    ) -> Result<Surroundings, DatabaseError>;

    /// Counts rows, exactly while that is cheap; `None` for a table that does not exist.
    fn count_rows(
        &mut self,
        target: &Target,
        tables: &[ObjectName],
    ) -> Result<Vec<Option<RowCount>>, DatabaseError>;

    /// How many bytes tables take, reading only; `None` for one that does not exist, or whose size
    /// cannot be told at once because somebody has locked it.
    fn table_sizes(
        &mut self,
        target: &Target,
        tables: &[ObjectName],
    ) -> Result<Vec<Option<TableSize>>, DatabaseError>;

    /// Writes down from now on when the statements of scripts run and what they lock. A script in one
    /// transaction then costs two round trips more.
    fn time_statements(&mut self, clock: StatementClock) -> Result<(), DatabaseError>;

    /// The catalog of what lies in the scope, in one round trip and one snapshot, reading only.
    /// Record that turnback or refinery keeps is no part of it.
    fn read_catalog(&mut self, scope: &Scope) -> Result<Catalog, DatabaseError>;

    /// Recorded catalogs by their digests.
    fn read_catalogs(
        &mut self,
        digests: &[Digest],
    ) -> Result<HashMap<Digest, Catalog>, DatabaseError>;

    /// The rows of tables as fingerprints, in one snapshot, reading only. What is no table of its
    /// own, a foreign one say, is left out; rows that the role may not see are an error.
    fn data_digests(
        &mut self,
        tables: &[ObjectName],
    ) -> Result<BTreeMap<ObjectName, TableDigest>, DatabaseError>;

    /// The roles that row-level security does not hold for on tables of the scope, reading only.
    fn policy_bypasses(&mut self, scope: &Scope) -> Result<Vec<PolicyBypass>, DatabaseError>;

    /// The server's roles and tablespaces; a rehearsal elsewhere needs those that scripts may name.
    fn read_globals(&mut self) -> Result<Globals, DatabaseError>;

    /// Tries once to become the only runner on this database.
    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError>;

    /// Lets the next runner in.
    fn unlock(&mut self) -> Result<(), DatabaseError>;

    /// Makes the history table and turnback's own tables where they are missing, and a history
    /// that is too narrow for the set's versions wide enough. Waits for locks no longer than
    /// `lock_timeout`.
    fn prepare_ledger(
        &mut self,
        target: &Target,
        set: &MigrationSet,
        lock_timeout: Duration,
    ) -> Result<(), DatabaseError>;

    /// Runs a script, if there is one, and records it, all in one transaction. Where the step says
    /// that catalogs are to be read, `judge` sees them before the commit; without its record the
    /// transaction is rolled back and the error is [`DatabaseError::Withheld`]. The `keeper` works
    /// around the script.
    fn run_step(
        &mut self,
        step: &StepTransaction<'_>,
        judge: &mut Judge<'_>,
        keeper: Option<&mut dyn Keeper>,
    ) -> Result<(), DatabaseError>;

    /// Makes the session ready for a script that has no transaction. What its statements set then
    /// holds until its end.
    fn begin_statements(&mut self, target: &Target) -> Result<(), DatabaseError>;

    /// Runs one statement of a script that has no transaction, and records that it ran. The
    /// `keeper` works around a statement that goes in one transaction with its record.
    fn run_statement(
        &mut self,
        run: &StatementRun<'_>,
        keeper: Option<&mut dyn Keeper>,
    ) -> Result<(), DatabaseError>;

    /// Runs statements that work beside others for long, where the engine has such.
    fn concurrent(&mut self) -> Option<&mut dyn Concurrent> {
        None
    }

    /// Records how far a script without a transaction has come, and runs nothing.
    fn mark_statement(
        &mut self,
        target: &Target,
        mark: &ProgressMark<'_>,
        state: StatementState,
    ) -> Result<(), DatabaseError>;

    /// Runs statements one after another as they are, transactions among them: in one round trip,
    /// where there are any. Behind an error, [`abandon`](Self::abandon) ends what was begun.
    fn exchange(&mut self, statements: &[String]) -> Result<Vec<Answer>, DatabaseError>;

    /// What an UPDATE or DELETE would do to rows that exist, triggers and foreign keys included, where
    /// the engine tells without running it; nothing where it does not. Rows that stand in the way of
    /// others and are replaced count only where a trigger or the table itself says so.
    fn touches(&mut self, _sql: &str) -> Result<Vec<Touch>, DatabaseError> {
        Ok(Vec::new())
    }

    /// Undoes a transaction that [`exchange`](Self::exchange) has left open, also where a stop was
    /// asked for.
    fn abandon(&mut self);

    /// Lets [`exchange`](Self::exchange) write beside a runner at work: what an operator wants of it,
    /// and what is undone at once.
    fn write_beside(&mut self) -> Result<(), DatabaseError>;

    /// Ends another session that holds a lock, without effect on what this one has begun. Returns
    /// whether it was still there.
    fn end_blocker(&mut self, _blocker: &Blocker) -> Result<bool, DatabaseError> {
        Ok(false)
    }

    /// Others that can work beside this session, as the same role on the same database; `None`
    /// where only one can write.
    fn colleagues(&self) -> Option<Colleagues>;

    /// Does turnback's own work in a transaction, which is committed or undone in the end. What
    /// commits holds off other runners as a step does.
    fn keep(&mut self, keep: &Keep<'_>, work: &mut Keeping<'_>) -> Result<(), DatabaseError>;

    /// How an index stands, found as the running script's statements find it.
    fn index_state(
        &mut self,
        index: &ObjectName,
        table: Option<&ObjectName>,
    ) -> Result<IndexState, DatabaseError>;

    /// Opens a transaction that [`end_trial`](Self::end_trial) undoes whatever happens in it.
    fn begin_trial(&mut self, target: &Target) -> Result<(), DatabaseError>;

    /// Runs one statement of a trial. Its rows come back as text.
    fn try_statement(&mut self, sql: &str) -> Result<Rows, DatabaseError>;

    /// Commits the trial instead: on scratch databases, where nothing is to be undone.
    fn keep_trial(&mut self) -> Result<(), DatabaseError>;

    /// Undoes the trial.
    fn end_trial(&mut self) -> Result<(), DatabaseError>;

    /// Counts the rows a condition holds for, reading only.
    fn count_matching(
        &mut self,
        target: &Target,
        table: &ObjectName,
        condition: &str,
    ) -> Result<u64, DatabaseError>;

    /// Deletes rows a condition holds for, in one short transaction that goes on where `from` says;
    /// `None` is the table's beginning. Waits for locks no longer than `lock_timeout`.
    fn delete_batch(
        &mut self,
        target: &Target,
        table: &ObjectName,
        condition: &str,
        from: Option<BatchStart>,
        lock_timeout: Duration,
    ) -> Result<DeletedBatch, DatabaseError>;

    /// What the server had to say since the last call.
    fn take_notices(&mut self) -> Vec<Notice>;
}
