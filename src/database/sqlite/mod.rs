//! `SQLite`, through rusqlite with the library it bundles.

mod catalog;
mod catalog_store;
mod digests;
mod error;
mod ledger;
mod lock_file;
mod look_up;
mod script;
mod transaction;
mod trial;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, MAIN_DB, OpenFlags};

use self::error::convert;
use self::lock_file::LockFile;
use super::contract::{
    BatchStart, Capabilities, DeletedBatch, HistoryChange, IndexState, Judge, LockAttempt, Notice,
    PolicyBypass, RowCount, Rows, ServerFacts, Session, StatementRun, StepTransaction, TableDigest,
};
use super::{DatabaseError, Interrupt};
use crate::catalog::{Catalog, Scope};
use crate::model::{Digest, Engine, LedgerState, ObjectName, Roles, Target};
use crate::plan::{Presence, Probe};
use crate::sets::MigrationSet;
use crate::settings::SqliteLocation;

static CAPABILITIES: Capabilities = Capabilities {
    engine: Engine::Sqlite,
    schemas: false,
    object_locks: false,
    deferred_foreign_keys: true,
};

/// How long reading waits for a writer.
const READ_PATIENCE: Duration = Duration::from_secs(5);

/// A `SQLite` database. Until the runner lock is taken it is open for reading only, and a file
/// that does not exist is not made.
pub struct SqliteSession {
    connection: Connection,
    location: SqliteLocation,
    facts: ServerFacts,
    interrupt: Interrupt,
    lock: Option<LockFile>,
}

impl SqliteSession {
    /// Opens the database for reading.
    pub fn open(location: &SqliteLocation, interrupt: &Interrupt) -> Result<Self, DatabaseError> {
        let mut connection = match location {
            // SQLite's own word for it would be "disk I/O error".
            SqliteLocation::File(path) if path.is_dir() => {
                return Err(refused(location, "it is a directory"));
            }
            SqliteLocation::File(path) if path.exists() => open_for_reading(path, location)?,
            SqliteLocation::File(path) if !directory_of(path).is_dir() => {
                let directory = directory_of(path).display();
                return Err(refused(location, format!("the directory {directory} does not exist")));
            }
            // Nothing is there yet: reading finds an empty database.
            SqliteLocation::Memory | SqliteLocation::File(_) => {
                Connection::open_in_memory().map_err(|error| open_error(location, &error))?
            }
        };
        configure(&mut connection, interrupt).map_err(|error| open_error(location, &error))?;
        let database = match location {
            SqliteLocation::Memory => ":memory:".to_owned(),
            SqliteLocation::File(path) => {
                path.file_name().unwrap_or_default().to_string_lossy().into_owned()
            }
        };
        let facts = ServerFacts {
            version: rusqlite::version().to_owned(),
            version_number: u32::try_from(rusqlite::version_number()).unwrap_or_default(),
            database,
            url: location.describe(),
            creation_schema: None,
        };
        let interrupt = interrupt.clone();
        Ok(Self { connection, location: location.clone(), facts, interrupt, lock: None })
    }
}

/// Opens a file for reading. Two things are left to a connection that could write, and is then
/// kept from it. What a writer that was killed left half done must be rolled back from its journal
/// before anybody can read. And a file in WAL mode that nobody has open: reading makes a `-wal` and
/// a `-shm` file beside it, and only a connection that could write removes them when it closes.
fn open_for_reading(path: &Path, location: &SqliteLocation) -> Result<Connection, DatabaseError> {
    let opened = if is_idle_wal(path) {
        open_kept_from_writing(path)
    } else {
        match open_file(path, OpenFlags::SQLITE_OPEN_READ_ONLY) {
            Err(error) if needs_recovery(&error) => open_kept_from_writing(path),
            outcome => outcome,
        }
    };
    opened.map_err(|error| open_error(location, &error))
}

fn open_kept_from_writing(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open_file(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// Whether the header says WAL and no log stands beside the file.
/// (<https://www.sqlite.org/fileformat2.html>, "File format version numbers")
fn is_idle_wal(path: &Path) -> bool {
    const READ_VERSION: usize = 19;
    let mut header = [0; READ_VERSION + 1];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    read.is_ok() && header[READ_VERSION] == 2 && !Path::new(&log).exists()
}

fn needs_recovery(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{
        SQLITE_READONLY_CANTINIT, SQLITE_READONLY_RECOVERY, SQLITE_READONLY_ROLLBACK,
    };
    matches!(error, rusqlite::Error::SqliteFailure(error, _) if matches!(
        error.extended_code,
        SQLITE_READONLY_ROLLBACK | SQLITE_READONLY_RECOVERY | SQLITE_READONLY_CANTINIT
    ))
}

fn open_file(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    // The file is looked at only when something is read from it.
    connection.pragma_query_value(None, "schema_version", |_| Ok(()))?;
    Ok(connection)
}

fn open_error(location: &SqliteLocation, error: &rusqlite::Error) -> DatabaseError {
    refused(location, error.to_string())
}

fn refused(location: &SqliteLocation, reason: impl Into<String>) -> DatabaseError {
    DatabaseError::Open { url: location.describe(), reason: reason.into() }
}

/// The directory a file lies in; that of a bare name is the one the program runs in.
fn directory_of(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

fn configure(connection: &mut Connection, interrupt: &Interrupt) -> rusqlite::Result<()> {
    connection.busy_timeout(READ_PATIENCE)?;
    // As in the sqlite3 shell. Within a transaction the pragma does nothing, so it is set here;
    // what a script leaves dangling is found by foreign_key_check before its commit.
    connection.pragma_update(None, "foreign_keys", false)?;
    let handle = connection.get_interrupt_handle();
    interrupt.on_raise(move || handle.interrupt());
    // An interrupt that comes between two statements is forgotten by SQLite; this one is not.
    let asked = interrupt.clone();
    connection.progress_handler(OPERATIONS_BETWEEN_LOOKS, Some(move || asked.is_raised()))
}

/// Steps of SQLite's virtual machine: some microseconds.
const OPERATIONS_BETWEEN_LOOKS: i32 = 10_000;

/// The lock file stands beside the database file itself, also when that is reached by a link.
fn lock_path(path: &Path) -> PathBuf {
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut name = real.file_name().unwrap_or_default().to_owned();
    name.push(".turnback-lock");
    real.with_file_name(name)
}

impl Session for SqliteSession {
    fn facts(&self) -> &ServerFacts {
        &self.facts
    }

    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn read_ledger(&mut self, target: &Target) -> Result<LedgerState, DatabaseError> {
        ledger::read(&mut self.connection, target)
    }

    fn read_texts(&mut self, digests: &[Digest]) -> Result<HashMap<Digest, String>, DatabaseError> {
        ledger::read_texts(&self.connection, digests)
    }

    fn look_up(
        &mut self,
        _target: &Target,
        probes: &[Probe],
    ) -> Result<HashMap<Probe, Presence>, DatabaseError> {
        look_up::look_up(&self.connection, probes)
    }

    fn count_rows(
        &mut self,
        _target: &Target,
        tables: &[ObjectName],
    ) -> Result<Vec<Option<RowCount>>, DatabaseError> {
        look_up::count_rows(&self.connection, tables)
    }

    fn read_catalog(&mut self, scope: &Scope) -> Result<Catalog, DatabaseError> {
        catalog::read(&mut self.connection, scope)
    }

    fn read_catalogs(
        &mut self,
        digests: &[Digest],
    ) -> Result<HashMap<Digest, Catalog>, DatabaseError> {
        catalog_store::read_catalogs(&self.connection, digests)
    }

    fn data_digests(
        &mut self,
        tables: &[ObjectName],
    ) -> Result<BTreeMap<ObjectName, TableDigest>, DatabaseError> {
        self.stop_if_asked()?;
        digests::read(&mut self.connection, tables).map_err(|error| self.name_interrupt(error))
    }

    fn policy_bypasses(&mut self, _scope: &Scope) -> Result<Vec<PolicyBypass>, DatabaseError> {
        Ok(Vec::new())
    }

    fn read_roles(&mut self) -> Result<Roles, DatabaseError> {
        Ok(Roles::default())
    }

    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError> {
        let SqliteLocation::File(path) = &self.location else { return Ok(LockAttempt::Acquired) };
        if self.lock.is_none() {
            let lock_path = lock_path(path);
            let attempt = LockFile::try_acquire(&lock_path).map_err(|error| {
                let reason = format!("{} beside it cannot be locked: {error}", lock_path.display());
                refused(&self.location, reason)
            });
            match attempt? {
                Ok(lock) => self.lock = Some(lock),
                Err(holder) => return Ok(LockAttempt::Held(holder)),
            }
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        self.connection =
            open_file(path, flags).map_err(|error| open_error(&self.location, &error))?;
        // Asked to write what may only be read, SQLite opens it for reading and says nothing.
        if self.connection.is_readonly(MAIN_DB).map_err(convert)? {
            return Err(refused(&self.location, "it may not be written to"));
        }
        configure(&mut self.connection, &self.interrupt).map_err(convert)?;
        Ok(LockAttempt::Acquired)
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        self.lock = None;
        Ok(())
    }

    fn prepare_ledger(
        &mut self,
        target: &Target,
        set: &MigrationSet,
        lock_timeout: Duration,
    ) -> Result<(), DatabaseError> {
        self.connection.busy_timeout(lock_timeout).map_err(convert)?;
        ledger::prepare(&mut self.connection, target, set)
    }

    fn run_step(
        &mut self,
        step: &StepTransaction<'_>,
        judge: &mut Judge<'_>,
    ) -> Result<(), DatabaseError> {
        if matches!(step.history, HistoryChange::Keep) {
            // That the run was interrupted is still recorded.
            self.connection.progress_handler(0, None::<fn() -> bool>).map_err(convert)?;
        } else {
            self.stop_if_asked()?;
        }
        script::run_step(&mut self.connection, step, judge)
            .map_err(|error| self.name_interrupt(error))
    }

    fn begin_statements(&mut self, _target: &Target) -> Result<(), DatabaseError> {
        // A script before this one may have switched them on.
        self.connection.pragma_update(None, "foreign_keys", false).map_err(convert)
    }

    fn run_statement(&mut self, run: &StatementRun<'_>) -> Result<(), DatabaseError> {
        self.stop_if_asked()?;
        script::run_statement(&mut self.connection, run).map_err(|error| self.name_interrupt(error))
    }

    fn index_state(
        &mut self,
        index: &ObjectName,
        _table: Option<&ObjectName>,
    ) -> Result<IndexState, DatabaseError> {
        let exists: bool = self
            .connection
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?1 COLLATE NOCASE)",
                [&index.name],
                |row| row.get(0),
            )
            .map_err(convert)?;
        Ok(if exists { IndexState::Valid } else { IndexState::Absent })
    }

    fn begin_trial(&mut self, _target: &Target) -> Result<(), DatabaseError> {
        // What is undone in the end still needs a connection that may write.
        if let SqliteLocation::File(path) = &self.location
            && self.lock.is_none()
        {
            self.connection = open_file(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
                .map_err(|error| open_error(&self.location, &error))?;
            configure(&mut self.connection, &self.interrupt).map_err(convert)?;
        }
        trial::begin(&self.connection)
    }

    fn try_statement(&mut self, sql: &str) -> Result<Rows, DatabaseError> {
        self.stop_if_asked()?;
        trial::try_statement(&self.connection, sql).map_err(|error| self.name_interrupt(error))
    }

    fn keep_trial(&mut self) -> Result<(), DatabaseError> {
        trial::keep(&self.connection)
    }

    fn end_trial(&mut self) -> Result<(), DatabaseError> {
        trial::end(&self.connection)
    }

    fn count_matching(
        &mut self,
        _target: &Target,
        table: &ObjectName,
        condition: &str,
    ) -> Result<u64, DatabaseError> {
        trial::count_matching(&self.connection, table, condition)
    }

    fn delete_batch(
        &mut self,
        _target: &Target,
        table: &ObjectName,
        condition: &str,
        from: Option<BatchStart>,
        lock_timeout: Duration,
    ) -> Result<DeletedBatch, DatabaseError> {
        self.stop_if_asked()?;
        self.connection.busy_timeout(lock_timeout).map_err(convert)?;
        trial::delete_batch(&mut self.connection, table, condition, from)
    }

    fn take_notices(&mut self) -> Vec<Notice> {
        Vec::new()
    }
}

impl SqliteSession {
    fn stop_if_asked(&self) -> Result<(), DatabaseError> {
        if self.interrupt.is_raised() { Err(DatabaseError::Interrupted) } else { Ok(()) }
    }

    fn name_interrupt(&self, error: DatabaseError) -> DatabaseError {
        if error.code() == Some("SQLITE_INTERRUPT") && self.interrupt.is_raised() {
            DatabaseError::Interrupted
        } else {
            error
        }
    }
}
