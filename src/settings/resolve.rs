//! From flags, environment and `turnback.toml` to one value.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::libpq::{self, ConnectionParameters};
use super::{
    BackfillSection, Environment, LintLevels, OutOfOrder, ProjectFile, SettingsError,
    SqliteLocation, parse_duration,
};
use crate::model::Engine;

/// The global flags, as given.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--database-url`
    pub database_url: Option<String>,
    /// `--set`
    pub set: Option<String>,
    /// `--migrations-dir`
    pub migrations_dir: Option<PathBuf>,
    /// `--rollbacks-dir`
    pub rollbacks_dir: Option<PathBuf>,
    /// `--schema`
    pub schema: Option<String>,
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--runner-wait`
    pub runner_wait: Option<Duration>,
    /// `--ddl-lock-timeout`
    pub ddl_lock_timeout: Option<Duration>,
}

/// What is migrated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetChoice {
    /// A bundled set.
    Bundled(String),
    /// The project's own files.
    Directories {
        /// The migrations.
        migrations: PathBuf,
        /// Their rollbacks.
        rollbacks: PathBuf,
    },
}

/// Where the database is.
#[derive(Debug, Clone)]
pub enum Connection {
    /// A `PostgreSQL` server.
    Postgres(Box<ConnectionParameters>),
    /// A `SQLite` database.
    Sqlite(SqliteLocation),
}

impl Connection {
    /// The engine.
    pub const fn engine(&self) -> Engine {
        match self {
            Self::Postgres(_) => Engine::Postgres,
            Self::Sqlite(_) => Engine::Sqlite,
        }
    }

    /// What the user should hear about how the settings were read.
    pub fn notices(&self) -> &[String] {
        match self {
            Self::Postgres(parameters) => &parameters.notices,
            Self::Sqlite(_) => &[],
        }
    }

    /// The database as a URL, without the password.
    pub fn describe(&self) -> String {
        match self {
            Self::Postgres(parameters) => parameters.describe(),
            Self::Sqlite(location) => location.describe(),
        }
    }
}

/// How the database was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionOrigin {
    /// A flag, a variable or `turnback.toml` names it.
    Named,
    /// Nothing does: the embedded default.
    EmbeddedDefault,
}

/// Everything a command that works on a database needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database.
    pub connection: Connection,
    /// How it was chosen.
    pub origin: ConnectionOrigin,
    /// What is migrated.
    pub set: SetChoice,
    /// The schema to install into.
    pub schema: Option<String>,
    /// Whether destructive commands ask for the database's name.
    pub protected: bool,
    /// How long to wait for another runner.
    pub runner_wait: Duration,
    /// How long to try for locks on database objects.
    pub ddl_lock_timeout: Duration,
    /// What to do with a pending version below one that is applied.
    pub out_of_order: OutOfOrder,
    /// How hard backfills work, where `turnback.toml` says so.
    pub backfill: BackfillSection,
    /// How much hazards weigh.
    pub levels: LintLevels,
}

/// The embedded default's file, set, and the reason both are named in one place.
const DEFAULT_FILE: &str = "turnback.db";
pub(super) const DEFAULT_SET: &str = "lucia-sessions";
const DEFAULT_RUNNER_WAIT: Duration = Duration::from_mins(1);
const DEFAULT_DDL_LOCK_TIMEOUT: Duration = Duration::from_mins(1);

impl Settings {
    /// Resolves everything. Reads `turnback.toml` and libpq's files, and nothing else.
    pub fn resolve(flags: Flags, environment: &Environment) -> Result<Self, SettingsError> {
        let Flags {
            database_url,
            set,
            migrations_dir,
            rollbacks_dir,
            schema,
            config,
            runner_wait,
            ddl_lock_timeout,
        } = flags;
        let file = project_file(config.as_deref(), environment)?;
        if set.is_some() && (migrations_dir.is_some() || rollbacks_dir.is_some()) {
            return Err(SettingsError::SetAndDirectories);
        }
        let url = database_url
            .or_else(|| environment.get("DATABASE_URL").map(str::to_owned))
            .or_else(|| file.url.clone());
        let set = choose_set(set, migrations_dir, rollbacks_dir, &file, environment);
        let (connection, origin, set) = match (connection(url.as_deref(), environment)?, set) {
            (Some(connection), Ok(set)) => (connection, ConnectionOrigin::Named, set),
            (Some(_), Err(directory)) => return Err(SettingsError::NoSet { directory }),
            (None, Ok(SetChoice::Directories { .. })) => return Err(SettingsError::NoDatabase),
            (None, set) => (
                embedded_default(),
                ConnectionOrigin::EmbeddedDefault,
                set.unwrap_or_else(|_| SetChoice::Bundled(DEFAULT_SET.to_owned())),
            ),
        };
        let waits = Waits::resolve(runner_wait, ddl_lock_timeout, &file)?;
        let schema = schema
            .or_else(|| environment.get("TURNBACK_SCHEMA").map(str::to_owned))
            .or(file.schema);
        if schema.is_some() && connection.engine() == Engine::Sqlite {
            return Err(SettingsError::SchemaOnSqlite);
        }
        Ok(Self {
            connection,
            origin,
            set,
            schema,
            protected: file.protected,
            runner_wait: waits.runner,
            ddl_lock_timeout: waits.ddl_lock,
            out_of_order: file.out_of_order,
            backfill: file.backfill,
            levels: file.lint.levels,
        })
    }

    /// The directories `new` writes to: flags over `turnback.toml` over `migrations/` and
    /// `rollbacks/`.
    pub fn project_directories(
        flags: &Flags,
        environment: &Environment,
    ) -> Result<(PathBuf, PathBuf), SettingsError> {
        let file = project_file(flags.config.as_deref(), environment)?;
        Ok(directories(flags.migrations_dir.clone(), flags.rollbacks_dir.clone(), &file))
    }
}

pub(super) fn project_file(
    config: Option<&Path>,
    environment: &Environment,
) -> Result<ProjectFile, SettingsError> {
    let config = config
        .map(Path::to_owned)
        .or_else(|| environment.get("TURNBACK_CONFIG").map(PathBuf::from));
    if let Some(path) = config {
        return ProjectFile::read(&path);
    }
    // A bare name keeps the paths in messages as short as the user would write them.
    if environment.working_dir.join(ProjectFile::NAME).is_file() {
        ProjectFile::read(Path::new(ProjectFile::NAME))
    } else {
        Ok(ProjectFile::default())
    }
}

fn directories(
    migrations: Option<PathBuf>,
    rollbacks: Option<PathBuf>,
    file: &ProjectFile,
) -> (PathBuf, PathBuf) {
    let migrations = migrations
        .or_else(|| file.migrations.clone())
        .unwrap_or_else(|| PathBuf::from("migrations"));
    let rollbacks = rollbacks
        .or_else(|| file.rollbacks.clone())
        .unwrap_or_else(|| migrations.with_file_name("rollbacks"));
    (migrations, rollbacks)
}

/// The database where nothing names one.
pub(super) fn embedded_default() -> Connection {
    Connection::Sqlite(SqliteLocation::File(PathBuf::from(DEFAULT_FILE)))
}

/// The set; where nothing chooses one, the directory that would have held the project's own.
pub(super) fn choose_set(
    set: Option<String>,
    migrations: Option<PathBuf>,
    rollbacks: Option<PathBuf>,
    file: &ProjectFile,
    environment: &Environment,
) -> Result<SetChoice, PathBuf> {
    let own = migrations.is_some() || rollbacks.is_some();
    let named = set
        .or_else(|| environment.get("TURNBACK_SET").map(str::to_owned))
        .or_else(|| file.set.clone());
    if let Some(name) = named.filter(|_| !own) {
        return Ok(SetChoice::Bundled(name));
    }
    let asked_for = own || file.migrations.is_some();
    let (migrations, rollbacks) = directories(migrations, rollbacks, file);
    if asked_for || looks_like_a_set(&environment.working_dir.join(&migrations)) {
        Ok(SetChoice::Directories { migrations, rollbacks })
    } else {
        Err(migrations)
    }
}

/// Whether a directory has SQL files directly in it. The bundled sets' own source tree has only
/// directories there.
fn looks_like_a_set(directory: &Path) -> bool {
    std::fs::read_dir(directory).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.path().extension().is_some_and(|ending| ending == "sql"))
    })
}

pub(super) fn connection(
    url: Option<&str>,
    environment: &Environment,
) -> Result<Option<Connection>, SettingsError> {
    let Some(url) = url else {
        let libpq_names_one = ["PGSERVICE", "PGHOST", "PGHOSTADDR", "PGDATABASE"]
            .iter()
            .any(|name| environment.get(name).is_some());
        return Ok(if libpq_names_one {
            Some(Connection::Postgres(Box::new(libpq::resolve(None, environment)?)))
        } else {
            None
        });
    };
    if let Some(location) = SqliteLocation::of_url(url, Path::new("")) {
        let location = location
            .map_err(|reason| SettingsError::SqliteUrl { url: libpq::redact(url), reason })?;
        return Ok(Some(Connection::Sqlite(location)));
    }
    // libpq also takes `host=… dbname=…`.
    let keywords = !url.contains("://") && url.contains('=');
    if url.starts_with("postgres://") || url.starts_with("postgresql://") || keywords {
        return Ok(Some(Connection::Postgres(Box::new(libpq::resolve(Some(url), environment)?))));
    }
    Err(SettingsError::UnknownUrl(libpq::redact(url)))
}

/// How long to wait for others.
pub(super) struct Waits {
    pub runner: Duration,
    pub ddl_lock: Duration,
}

impl Waits {
    pub fn resolve(
        runner: Option<Duration>,
        ddl_lock: Option<Duration>,
        file: &ProjectFile,
    ) -> Result<Self, SettingsError> {
        let (in_file, lock_in_file) = (file.runner_wait.clone(), file.ddl_lock_timeout.clone());
        Ok(Self {
            runner: duration("runner_wait", runner, in_file, DEFAULT_RUNNER_WAIT)?,
            ddl_lock: duration(
                "ddl_lock_timeout",
                ddl_lock,
                lock_in_file,
                DEFAULT_DDL_LOCK_TIMEOUT,
            )?,
        })
    }
}

fn duration(
    key: &'static str,
    flag: Option<Duration>,
    text: Option<String>,
    default: Duration,
) -> Result<Duration, SettingsError> {
    match (flag, text) {
        (Some(duration), _) => Ok(duration),
        (None, Some(text)) => {
            parse_duration(&text).map_err(|reason| SettingsError::Duration { key, reason })
        }
        (None, None) => Ok(default),
    }
}
