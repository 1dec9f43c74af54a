//! `SQLite`, through rusqlite with the library it bundles.

mod catalog;
mod catalog_store;
mod copy;
mod digests;
mod error;
mod exchange;
mod keeping;
mod ledger;
mod lock_file;
mod look_up;
mod script;
mod sizes;
mod transaction;
mod trial;
mod verbs;

pub(in crate::database) use copy::copy_file;

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use self::lock_file::LockFile;
use super::contract::{Capabilities, ServerFacts, StatementClock};
use super::{DatabaseError, Interrupt};
use crate::model::Engine;
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
    /// Where it is written down when statements of scripts run, for whoever asked.
    clock: Option<StatementClock>,
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
        Ok(Self {
            connection,
            location: location.clone(),
            facts,
            interrupt,
            lock: None,
            clock: None,
        })
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
