//! What an engine answers.

use serde::Serialize;

use crate::model::{Engine, ObjectName};

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

/// How many bytes a table takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TableSize {
    /// The table itself, with what is stored out of line.
    #[serde(rename = "table_bytes")]
    pub table: u64,
    /// Its indexes.
    #[serde(rename = "index_bytes")]
    pub indexes: u64,
    /// All of it.
    #[serde(rename = "total_bytes")]
    pub total: u64,
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

/// What became of one of several statements.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// Its rows, a text for each column; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// How many rows it touched, where it touches any.
    pub touched: u64,
}

impl Answer {
    /// The first column of the first row.
    pub fn value(&self) -> Option<&str> {
        self.rows.first()?.first()?.as_deref()
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
