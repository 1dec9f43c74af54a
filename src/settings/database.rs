//! The database alone, for commands that need no set.

use std::path::PathBuf;
use std::time::Duration;

use super::resolve::{Waits, choose_set, connection, embedded_default, project_file};
use super::{Connection, ConnectionOrigin, Environment, Flags, SetChoice, SettingsError, libpq};
use crate::model::Engine;

/// Which database, and which part of it.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    /// The database.
    pub connection: Connection,
    /// How it was chosen.
    pub origin: ConnectionOrigin,
    /// The schema that was named.
    pub schema: Option<String>,
    /// Whether destructive commands ask for the database's name.
    pub protected: bool,
    /// How long to wait for another runner.
    pub runner_wait: Duration,
    /// How long to try for locks on database objects.
    pub ddl_lock_timeout: Duration,
}

impl DatabaseSettings {
    /// Resolves them as [`Settings`](super::Settings) does. Whether a set is named makes no
    /// difference; only a project of its own never works on the embedded default.
    pub fn resolve(flags: &Flags, environment: &Environment) -> Result<Self, SettingsError> {
        let file = project_file(flags.config.as_deref(), environment)?;
        let url = flags
            .database_url
            .clone()
            .or_else(|| environment.get("DATABASE_URL").map(str::to_owned))
            .or_else(|| file.url.clone());
        let (connection, origin) = if let Some(named) = connection(url.as_deref(), environment)? {
            (named, ConnectionOrigin::Named)
        } else {
            let (migrations, rollbacks) =
                (flags.migrations_dir.clone(), flags.rollbacks_dir.clone());
            let set = choose_set(flags.set.clone(), migrations, rollbacks, &file, environment);
            if matches!(set, Ok(SetChoice::Directories { .. })) {
                return Err(SettingsError::NoDatabase);
            }
            (embedded_default(), ConnectionOrigin::EmbeddedDefault)
        };
        let waits = Waits::resolve(flags.runner_wait, flags.ddl_lock_timeout, &file)?;
        let protected = file.protected;
        let schema = schema(flags, environment, file.schema);
        if schema.is_some() && connection.engine() == Engine::Sqlite {
            return Err(SettingsError::SchemaOnSqlite);
        }
        Ok(Self {
            connection,
            origin,
            schema,
            protected,
            runner_wait: waits.runner,
            ddl_lock_timeout: waits.ddl_lock,
        })
    }

    /// The schema that was named, whatever the database.
    pub fn schema(
        flags: &Flags,
        environment: &Environment,
    ) -> Result<Option<String>, SettingsError> {
        let file = project_file(flags.config.as_deref(), environment)?;
        Ok(schema(flags, environment, file.schema))
    }
}

fn schema(flags: &Flags, environment: &Environment, in_file: Option<String>) -> Option<String> {
    let named = flags.schema.clone();
    named.or_else(|| environment.get("TURNBACK_SCHEMA").map(str::to_owned)).or(in_file)
}

/// Something that has a catalog, or can be given one.
#[derive(Debug, Clone)]
pub enum CatalogSource {
    /// The database that the settings name.
    Live,
    /// Another database.
    Database(Box<Connection>),
    /// A snapshot in a file.
    Snapshot(PathBuf),
    /// A set, built on a throwaway database.
    Set(SetChoice),
}

impl CatalogSource {
    /// Reads one as it is written on the command line: `.`, a database's URL, `set:NAME`,
    /// `dir:PATH`, or a file. A directory holds migrations, with their rollbacks beside it, or is
    /// a project that has both.
    pub fn parse(text: &str, environment: &Environment) -> Result<Self, SettingsError> {
        if text == "." {
            return Ok(Self::Live);
        }
        if let Some(name) = text.strip_prefix("set:") {
            return Ok(Self::Set(SetChoice::Bundled(name.to_owned())));
        }
        if let Some(path) = text.strip_prefix("dir:") {
            let path = PathBuf::from(path);
            let within = path.join("migrations");
            let migrations = if within.is_dir() { within } else { path };
            let rollbacks = migrations.with_file_name("rollbacks");
            return Ok(Self::Set(SetChoice::Directories { migrations, rollbacks }));
        }
        if text.starts_with("sqlite:") || text.contains("://") {
            let connection = connection(Some(text), environment)?;
            return connection
                .map(|connection| Self::Database(Box::new(connection)))
                .ok_or(SettingsError::NoDatabase);
        }
        let path = PathBuf::from(text);
        if path.is_file() {
            return Ok(Self::Snapshot(path));
        }
        Err(SettingsError::CatalogSource(libpq::redact(text)))
    }
}
