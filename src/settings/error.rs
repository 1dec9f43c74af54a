//! What can be wrong with settings.

use std::io;
use std::path::PathBuf;

use super::libpq::ConnectionSettingsError;
use crate::model::{Diagnose, Excerpt, Problem, ProblemKind};

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The settings file cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The settings file is not right.
    #[error("{place}: {reason}")]
    Syntax {
        /// Where.
        place: Excerpt,
        /// What the parser said.
        reason: String,
    },
    /// A duration in the settings file is none.
    #[error("{key}: {reason}")]
    Duration {
        /// The key in `turnback.toml`.
        key: &'static str,
        /// Why.
        reason: String,
    },
    /// The URL's scheme is not known. The URL is kept without its password.
    #[error("`{0}` is not a database URL turnback knows")]
    UnknownUrl(String),
    /// A `SQLite` URL that names no file.
    #[error("`{url}` is not the URL of a SQLite database: {reason}")]
    SqliteUrl {
        /// The URL.
        url: String,
        /// Why.
        reason: &'static str,
    },
    /// A URL but nothing to migrate.
    #[error("there is nothing to migrate: no set is named and {} holds no migrations", directory.display())]
    NoSet {
        /// Where the project's own migrations would be.
        directory: PathBuf,
    },
    /// A project, but no database.
    #[error("no database is named, and this directory has migrations of its own")]
    NoDatabase,
    /// A set and directories at once.
    #[error("--set and --migrations-dir exclude each other")]
    SetAndDirectories,
    /// A schema where the engine has none.
    #[error("--schema is for PostgreSQL: a SQLite database has no schemas")]
    SchemaOnSqlite,
    /// What `--scratch` names is no place for throwaway databases. It is kept without a password.
    #[error("`{0}` is not a place for scratch databases")]
    Scratch(String),
    /// Something to be compared that is nothing known.
    #[error("there is no file {0}, and it is neither a database URL nor set:NAME nor dir:PATH")]
    CatalogSource(String),
    /// PostgreSQL's connection parameters are wrong.
    #[error(transparent)]
    Postgres(#[from] ConnectionSettingsError),
}

impl Diagnose for SettingsError {
    fn problem(&self) -> Problem {
        let problem = Problem::new(ProblemKind::Configuration, self.to_string());
        match self {
            Self::Unreadable { .. } => problem.hint("--config names another file"),
            Self::Syntax { place, reason } => {
                Problem::new(ProblemKind::Configuration, reason.clone()).at(place.clone()).hint(
                    "keys: url, set, migrations, rollbacks, schema, protected, runner_wait, \
                     ddl_lock_timeout, out_of_order, scratch; in [backfill]: workers, batch_ms, \
                     max_lag, max_archive, latency_query, max_latency_ms; in [lint]: levels",
                )
            }
            Self::Duration { .. } => problem.hint("mend it in turnback.toml"),
            Self::UnknownUrl(_) => {
                problem.hint("write postgres://user@host/database or sqlite:PATH")
            }
            Self::SqliteUrl { .. } => problem.hint("write sqlite:PATH or sqlite::memory:"),
            Self::NoSet { .. } => problem
                .hint("--set names a bundled set; `turnback sets` lists them")
                .hint("--migrations-dir and --rollbacks-dir name your own files; `turnback init` makes them"),
            Self::NoDatabase => problem
                .hint("--database-url, DATABASE_URL or `url` in turnback.toml names one")
                .hint("--set lucia-sessions works on the embedded default, turnback.db"),
            Self::SetAndDirectories | Self::SchemaOnSqlite | Self::CatalogSource(_) => {
                Problem { kind: ProblemKind::Usage, ..problem }
            }
            Self::Scratch(_) => problem.hint(
                "--scratch takes a server's URL, postgres://user@host/database, or same-server, or \
                 temporary",
            ),
            Self::Postgres(error) => error.problem(),
        }
    }
}
