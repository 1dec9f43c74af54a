//! What turnback asks of a database engine.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::DatabaseError;
use crate::catalog::{Catalog, CatalogRow, Scope};
use crate::model::{
    CatalogPair, Digest, Engine, Event, LedgerState, ObjectName, Roles, StatementState,
    StoredScript, Target, Version,
};
use crate::plan::{Presence, Probe};
use crate::sets::MigrationSet;
use crate::sql::Statement;

/// How an engine differs, as facts that pure code reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// The engine.
    pub engine: Engine,
    /// Whether objects live in schemas.
    pub schemas: bool,
    /// Whether statements queue for locks on single tables.
    pub object_locks: bool,
    /// Whether foreign keys are switched off around a script and checked at its end.
    pub deferred_foreign_keys: bool,
}

/// What is known of the database once it is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerFacts {
    /// The server's version as it prints it, such as `15.18`.
    pub version: String,
    /// The version as a number that compares: `150018` for `PostgreSQL` 15.18, `3035000` for
    /// `SQLite` 3.35.0.
    pub version_number: u32,
    /// The database's name, as an operator types it to confirm.
    pub database: String,
    /// The database as a URL, without the password.
    pub url: String,
    /// The schema in which unqualified names are created, where the engine has schemas.
    pub creation_schema: Option<String>,
}

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

    /// Answers questions about objects, all in one round trip.
    fn look_up(
        &mut self,
        target: &Target,
        probes: &[Probe],
    ) -> Result<HashMap<Probe, Presence>, DatabaseError>;

    /// Counts rows, exactly while that is cheap; `None` for a table that does not exist.
    fn count_rows(
        &mut self,
        target: &Target,
        tables: &[ObjectName],
    ) -> Result<Vec<Option<RowCount>>, DatabaseError>;

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

    /// The server's roles; a rehearsal elsewhere needs those that scripts may name.
    fn read_roles(&mut self) -> Result<Roles, DatabaseError>;

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
    /// transaction is rolled back and the error is [`DatabaseError::Withheld`].
    fn run_step(
        &mut self,
        step: &StepTransaction<'_>,
        judge: &mut Judge<'_>,
    ) -> Result<(), DatabaseError>;

    /// Makes the session ready for a script that has no transaction. What its statements set then
    /// holds until its end.
    fn begin_statements(&mut self, target: &Target) -> Result<(), DatabaseError>;

    /// Runs one statement of a script that has no transaction, and records that it ran.
    fn run_statement(&mut self, run: &StatementRun<'_>) -> Result<(), DatabaseError>;

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

/// A role that works on a table past its policies. Superusers are not listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyBypass {
    /// The table.
    pub table: ObjectName,
    /// The role.
    pub role: String,
    /// Why.
    pub because: BypassReason,
}

/// Why policies do not hold for a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BypassReason {
    /// It owns the table, and row-level security is not forced.
    Owner,
    /// It has the attribute BYPASSRLS.
    Attribute,
}

/// A row count that stops where counting gets expensive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowCount {
    /// Exactly so many.
    Exact(u64),
    /// More than so many.
    MoreThan(u64),
    /// Counting was not possible, for want of a privilege say.
    Unknown,
}

/// The rows of one table as a fingerprint, which depends neither on their order nor on the columns'.
/// It compares with others of the same engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TableDigest {
    /// How many rows.
    pub rows: u64,
    /// The sums of two independent hashes of each row.
    pub sums: [i128; 2],
}

/// The outcome of one try for the runner lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockAttempt {
    /// It is ours.
    Acquired,
    /// Another runner has it.
    Held(LockHolder),
}

/// The runner that holds the lock, as far as it can be seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LockHolder {
    /// Its process: the server's backend for `PostgreSQL`, the runner's own for `SQLite`.
    pub pid: Option<u32>,
    /// Its database user.
    pub user: Option<String>,
    /// The application name and address it shows.
    pub application: Option<String>,
    /// Since when it is connected.
    pub since: Option<String>,
}

/// A change of the history table.
#[derive(Debug, Clone, Copy)]
pub enum HistoryChange<'a> {
    /// A version is applied or adopted.
    Insert {
        /// The version.
        version: Version,
        /// The name in its file name.
        name: &'a str,
        /// The migration's text, from which refinery's checksum comes.
        script: &'a StoredScript,
    },
    /// A version is rolled back.
    Delete(Version),
    /// Nothing changes: a failure is recorded.
    Keep,
}

/// Which catalogs are read within a step's transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading<'a> {
    /// None.
    Nothing,
    /// The one behind the script.
    After(&'a Scope),
    /// The one before the script and the one behind it.
    Both(&'a Scope),
}

impl<'a> Reading<'a> {
    /// What is read before the script.
    pub(super) const fn before(self) -> Option<&'a Scope> {
        match self {
            Self::Both(scope) => Some(scope),
            Self::Nothing | Self::After(_) => None,
        }
    }

    /// What is read behind it.
    pub(super) const fn after(self) -> Option<&'a Scope> {
        match self {
            Self::Both(scope) | Self::After(scope) => Some(scope),
            Self::Nothing => None,
        }
    }
}

/// The catalogs that were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogs {
    /// Before the script, where that was to be read.
    pub before: Option<Catalog>,
    /// Behind it.
    pub after: Catalog,
}

/// Decides whether a step may be committed: what goes on record of its catalogs, or `None`.
pub type Judge<'a> = dyn FnMut(Catalogs) -> Option<CatalogRecord> + 'a;

/// What goes on record of a step's catalogs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogRecord {
    /// Their digests.
    pub pair: CatalogPair,
    /// The rows to store, in the order in which they build on each other; those that are stored
    /// already may be left out.
    pub rows: Vec<CatalogRow>,
}

/// A step that is one transaction.
#[derive(Debug, Clone, Copy)]
pub struct StepTransaction<'a> {
    /// The set and where it lives.
    pub target: &'a Target,
    /// The script; `None` where only the record is made.
    pub script: Option<&'a str>,
    /// The script's statements, for engines that take them one by one.
    pub statements: &'a [Statement],
    /// Whether rows the script leaves without their parents must stop it.
    pub check_foreign_keys: bool,
    /// The history's change.
    pub history: HistoryChange<'a>,
    /// The ledger's event.
    pub event: &'a Event<'a>,
    /// Whether statement-level progress of the version ends here.
    pub clear_progress: bool,
    /// The catalogs to read.
    pub reading: Reading<'a>,
    /// The longest wait for a lock on an object.
    pub lock_timeout: Option<Duration>,
}

/// A statement of a script that has no transaction.
#[derive(Debug, Clone, Copy)]
pub struct StatementRun<'a> {
    /// The set and where it lives.
    pub target: &'a Target,
    /// The statement's text; `None` records it without running it.
    pub sql: Option<&'a str>,
    /// Whether statement and record go in one transaction, so that it cannot run twice.
    pub atomic: bool,
    /// What to record; `None` for a statement that only changes the session.
    pub progress: Option<ProgressMark<'a>>,
    /// The longest wait for a lock on an object; `None` waits as long as it takes.
    pub lock_timeout: Option<Duration>,
}

/// Statement-level progress to be recorded.
#[derive(Debug, Clone, Copy)]
pub struct ProgressMark<'a> {
    /// The version.
    pub version: Version,
    /// Its name.
    pub name: &'a str,
    /// Whether its rollback runs.
    pub rolling_back: bool,
    /// The migration's text.
    pub script: &'a StoredScript,
    /// Its rollback's text.
    pub rollback: &'a StoredScript,
    /// The statement's index, from 0.
    pub statement: usize,
    /// The catalog before the script's first statement, if it is known.
    pub catalog: Option<&'a StoredCatalog>,
    /// Whether an earlier mark of this run has stored texts and catalog: writing them with every
    /// statement would make a long script's record quadratic.
    pub texts_are_stored: bool,
}

/// A catalog with what it takes to store it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCatalog {
    /// Its digest.
    pub digest: Digest,
    /// The rows to store; none where it is stored already.
    pub rows: Vec<CatalogRow>,
}

impl ProgressMark<'_> {
    /// The word in the ledger's `state` column.
    pub const fn state_word(state: StatementState) -> &'static str {
        match state {
            StatementState::Started => "started",
            StatementState::Finished => "finished",
        }
    }
}

/// A statement's result as text; `None` is NULL.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows, a value for each column.
    pub rows: Vec<Vec<Option<String>>>,
}

/// Where in a table a batch starts: a heap block in PostgreSQL, a rowid in SQLite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchStart(pub i64);

/// What a batch did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeletedBatch {
    /// How many rows it deleted.
    pub rows: u64,
    /// Where the next one starts; `None` at the table's end.
    pub next: Option<BatchStart>,
}

/// How an index stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexState {
    /// There is none of that name.
    Absent,
    /// It serves queries.
    Valid,
    /// A build that failed left it.
    Invalid,
}

/// Something the server said that is no error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// `NOTICE`, `WARNING`, ….
    pub severity: String,
    /// The text.
    pub message: String,
}
