//! Throwaway databases: started, used, and gone without a trace.

mod built;
mod fetched;
mod files;
mod killed;
mod named;
mod temporary;

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use turnback::database::{Interrupt, Scratch, ScratchDatabase, ScratchError, ScratchRequest, open};
use turnback::model::{Engine, Target};
use turnback::settings::libpq::HostPort;
use turnback::settings::{Connection, ScratchChoice, ScratchSettings, SqliteLocation};

/// Who asks for a throwaway database, with a cache of its own.
struct Asker {
    settings: ScratchSettings,
    engine: Engine,
    major: Option<u32>,
    live: Option<Connection>,
    interrupt: Interrupt,
    cache: TempDir,
}

impl Asker {
    /// Somebody who may not fetch anything.
    fn new(choice: ScratchChoice) -> Self {
        let cache = tempfile::tempdir().expect("a temporary directory can be created");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut program_path: Vec<PathBuf> = std::env::split_paths(&path).collect();
        if let Some(chosen) = std::env::var_os("TURNBACK_TEST_PG_BIN") {
            program_path.insert(0, chosen.into());
        }
        let settings = ScratchSettings {
            choice,
            offline: true,
            program_path,
            server_places: vec!["/usr/lib/postgresql/*/bin".into()],
            cache: Some(cache.path().to_owned()),
            temporary: std::env::temp_dir(),
        };
        let interrupt = Interrupt::default();
        Self { settings, engine: Engine::Postgres, major: None, live: None, interrupt, cache }
    }

    fn open(&self) -> Result<Scratch, ScratchError> {
        Scratch::open(&ScratchRequest {
            engine: self.engine,
            settings: &self.settings,
            major: self.major,
            live: self.live.as_ref(),
            interrupt: &self.interrupt,
            told: &|_| {},
        })
    }
}

/// Runs one statement in a transaction that is undone, and returns the first value.
fn ask(database: &ScratchDatabase, sql: &str) -> String {
    let mut session = open(database.connection(), &Interrupt::default()).unwrap();
    let target = Target {
        set: None,
        schema: None,
        history_table: Target::history_table_of(None),
        highest_version: None,
    };
    session.begin_trial(&target).unwrap();
    let rows = session.try_statement(sql).unwrap();
    let value = rows.rows.first().and_then(|row| row.first()).cloned().flatten();
    session.end_trial().unwrap();
    value.unwrap_or_default()
}

/// Runs statements that stay.
fn run(database: &ScratchDatabase, sql: &str) {
    let mut session = open(database.connection(), &Interrupt::default()).unwrap();
    let target = Target {
        set: None,
        schema: None,
        history_table: Target::history_table_of(None),
        highest_version: None,
    };
    session.try_lock().unwrap();
    session.begin_trial(&target).unwrap();
    session.try_statement(sql).unwrap();
    session.try_statement("COMMIT").unwrap();
}

/// The directory of a database on a temporary server, or of a file.
fn directory(database: &ScratchDatabase) -> PathBuf {
    match database.connection() {
        Connection::Postgres(parameters) => match &parameters.hosts[0].at {
            HostPort::Unix { dir, .. } => dir.clone(),
            HostPort::Tcp { .. } => panic!("a temporary server listens on its socket only"),
        },
        Connection::Sqlite(SqliteLocation::File(path)) => path.parent().unwrap().to_owned(),
        Connection::Sqlite(SqliteLocation::Memory) => panic!("it lies in a file"),
    }
}

/// The processes that name a directory on their command line.
fn processes_of(directory: &Path) -> Vec<String> {
    let name = directory.to_string_lossy().into_owned();
    let commands = std::fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| {
        let bytes = std::fs::read(entry.path().join("cmdline")).ok()?;
        Some(String::from_utf8_lossy(&bytes).replace('\0', " "))
    });
    commands.filter(|command| command.contains(&name)).collect()
}
