//! A step's transaction while it is open, for what turnback itself does in it.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;

use super::{Rows, TableDigest};
use crate::database::DatabaseError;
use crate::model::{Backup, Blocker, ObjectName, SavedSequence, Target};

/// A transaction for work of turnback's own, without a script.
#[derive(Debug, Clone, Copy)]
pub struct Keep<'a> {
    /// Whose backups it is about.
    pub target: &'a Target,
    /// The longest wait for a lock.
    pub lock_timeout: Duration,
    /// How it ends when the work is done.
    pub ending: Ending,
    /// Whether it belongs to a run that has begun: then whoever took over keeps it from standing.
    /// Otherwise it takes over itself.
    pub within_run: bool,
    /// Whether only tables of turnback's own are written, so that no row of others can lose its
    /// parent.
    pub own_tables: bool,
}

/// How a transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// What was done stands.
    Commit,
    /// It was only to be seen what would be done. Runs beside a runner, and writes nothing.
    Undo,
}

/// What is done in such a transaction. An error undoes it.
pub type Keeping<'a> = dyn FnMut(&mut dyn OpenTransaction) -> Result<(), DatabaseError> + 'a;

/// Works within a step's transaction, around its script. An error ends the transaction.
pub trait Keeper {
    /// Called before the script's first statement.
    fn before(&mut self, open: &mut dyn OpenTransaction) -> Result<(), DatabaseError>;

    /// The statements, by their index and ascending, before which [`Self::at_statement`] is called.
    /// Engines that can tell what a statement will touch call it before each.
    fn pauses(&self) -> Vec<usize>;

    /// Called before a statement. `touches` is what it will touch, where the engine can tell.
    ///
    /// The error [`DatabaseError::Anew`] asks for a transaction from its beginning: by now it is
    /// known what should have been saved there.
    fn at_statement(
        &mut self,
        index: usize,
        touches: &[Touch],
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError>;

    /// Called behind the script. `rows` is how many rows each of its statements touched, as the
    /// server told; it is shorter than the script where that is not known.
    fn behind(&mut self, rows: &[u64], open: &mut dyn OpenTransaction)
    -> Result<(), DatabaseError>;
}

/// What a statement will do to rows that exist, as the engine compiled it, triggers and foreign
/// keys included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// The table.
    pub table: String,
    /// The column that gets new values; `None` where rows are deleted.
    pub column: Option<String>,
}

/// An open transaction. What is asked here runs as the runner itself, under settings of its own in
/// which every value has one text; the script finds its own settings again.
pub trait OpenTransaction {
    /// Runs a statement and returns how many rows it touched.
    fn run(&mut self, sql: &str) -> Result<u64, DatabaseError>;

    /// Runs a statement under the script's own settings.
    fn run_as_script(&mut self, sql: &str) -> Result<u64, DatabaseError>;

    /// Runs a query; its rows come back as text.
    fn ask(&mut self, sql: &str) -> Result<Rows, DatabaseError>;

    /// Ends another session that holds a lock, without effect on what this one has begun. Returns
    /// whether it was still there.
    fn end_blocker(&mut self, _blocker: &Blocker) -> Result<bool, DatabaseError> {
        Ok(false)
    }

    /// Locks tables against others' writes, or against everything, waiting no longer than `patience`
    /// for each; all of them, or none. An engine with one writer has nothing to do.
    fn lock(
        &mut self,
        tables: &[(ObjectName, TableLock)],
        patience: Duration,
    ) -> Result<(), DatabaseError>;

    /// The tables there are, as the script's own statements find them.
    fn shapes(&mut self) -> Result<Vec<TableShape>, DatabaseError>;

    /// Those of these names, where it is certain that nothing else can be touched; `None` otherwise.
    /// A script of few tables need not look at thousands. The script touches nothing by itself that it
    /// does not name; but triggers may, and functions: `calls` has the names of all it calls.
    fn shapes_of(
        &mut self,
        names: &BTreeSet<String>,
        calls: &BTreeSet<String>,
    ) -> Result<Option<Vec<TableShape>>, DatabaseError>;

    /// The statements that make a table as it is, with its constraints and indexes.
    fn definition(&mut self, table: &TableShape) -> Result<Vec<String>, DatabaseError>;

    /// The rows of a table as a fingerprint.
    fn digest(&mut self, table: &ObjectName) -> Result<TableDigest, DatabaseError>;

    /// Keeps everybody but the owner from a table, whatever defaults say.
    fn seal(&mut self, table: &ObjectName) -> Result<(), DatabaseError>;

    /// Bytes that a table takes.
    fn size(&mut self, table: &ObjectName) -> Result<u64, DatabaseError>;

    /// Bytes that are free where tables lie, if that can be told from here.
    fn free_bytes(&mut self) -> Result<Option<u64>, DatabaseError>;

    /// Lets the triggers of a table rest, or work again as they did.
    fn rest_triggers(&mut self, table: &TableShape, rest: bool) -> Result<(), DatabaseError>;

    /// Moves a sequence forward to a value it had reached; never back.
    fn advance_sequence(&mut self, sequence: &SavedSequence) -> Result<(), DatabaseError>;

    /// Enters a backup in the register, and returns its number.
    fn register(&mut self, backup: &Backup) -> Result<i64, DatabaseError>;

    /// Writes down what has become of a backup.
    fn conclude(&mut self, backup: &Backup) -> Result<(), DatabaseError>;
}

/// How a table is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TableLock {
    /// Others may read it.
    AgainstWrites,
    /// Nobody else may use it.
    AgainstAll,
}

/// A table that holds rows.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TableShape {
    /// What it is known by while its name changes.
    pub id: String,
    /// Its schema, where the engine has schemas.
    pub schema: Option<String>,
    /// Its name.
    pub table: String,
    /// Whether it is found without its schema.
    #[serde(default)]
    pub visible: bool,
    /// Whether its rows lie in partitions.
    #[serde(default)]
    pub partitioned: bool,
    /// The partitioned tables above it, nearest first.
    #[serde(default)]
    pub ancestors: Vec<String>,
    /// Tables that inherit from it, other than partitions.
    #[serde(default)]
    pub heirs: Vec<String>,
    /// The file its rows lie in; another one means that it was rewritten or emptied.
    #[serde(default)]
    pub file: Option<String>,
    /// How many bytes its rows take, those of its partitions included.
    #[serde(default)]
    pub bytes: u64,
    /// About how many rows it has; `None` where nobody counted.
    #[serde(default)]
    pub rows: Option<u64>,
    /// The columns, in order.
    pub columns: Vec<ColumnShape>,
    /// The keys, the best one first: the names of their columns.
    pub keys: Vec<Vec<String>>,
    /// Whether an update may change more columns than it names, because a trigger sees the row
    /// first.
    #[serde(default)]
    pub updates_widen: bool,
    /// Columns whose update may move a row to another partition, where it is a new row.
    #[serde(default)]
    pub moved_by: Vec<String>,
    /// Whether a row has an address of its own (`ctid`, `rowid`); what has none has a key.
    #[serde(default = "yes")]
    pub addressed: bool,
    /// What that address is called, where a column bears the usual name.
    #[serde(default)]
    pub address: Option<String>,
    /// Rows changed by this session, since some time before its transaction began.
    #[serde(default)]
    pub updated: u64,
    /// Rows deleted by this session, since some time before its transaction began.
    #[serde(default)]
    pub deleted: u64,
    /// Rows inserted by this session, since some time before its transaction began.
    #[serde(default)]
    pub inserted: u64,
    /// The sequences that belong to it.
    #[serde(default)]
    pub sequences: Vec<SavedSequence>,
}

const fn yes() -> bool {
    true
}

impl TableShape {
    /// Its name.
    pub fn name(&self) -> ObjectName {
        ObjectName { schema: self.schema.clone(), name: self.table.clone() }
    }
}

/// A column of a table.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ColumnShape {
    /// What it is known by within its table while its name changes.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its type, as the engine writes it.
    pub type_name: String,
    /// Whether the type is the server's own, so that no script can drop it.
    pub as_is: bool,
    /// Whether equal values of it are the same.
    pub exact: bool,
    /// Whether its values follow from other columns.
    pub generated: bool,
    /// Whether only the server may give it values (`GENERATED ALWAYS AS IDENTITY`).
    pub always_identity: bool,
    /// How many bytes a value takes, where all take the same.
    #[serde(default)]
    pub width: Option<u64>,
}
