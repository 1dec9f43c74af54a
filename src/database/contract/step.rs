//! A step and a statement, as an engine is asked to carry them out.

use std::time::Duration;

use crate::catalog::{Catalog, CatalogRow, Scope};
use crate::model::{CatalogPair, Digest, Event, StatementState, StoredScript, Target, Version};
use crate::sql::Statement;

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
    pub(in crate::database) const fn before(self) -> Option<&'a Scope> {
        match self {
            Self::Both(scope) => Some(scope),
            Self::Nothing | Self::After(_) => None,
        }
    }

    /// What is read behind it.
    pub(in crate::database) const fn after(self) -> Option<&'a Scope> {
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
    /// The statement as it was read; none for one of turnback's own.
    pub statements: &'a [Statement],
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
