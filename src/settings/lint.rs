//! What `lint` looks at.

use std::path::{Path, PathBuf};

use super::resolve::{choose_set, project_file};
use super::{Environment, Flags, LintLevels, SetChoice, SettingsError, SqliteLocation, libpq};
use crate::model::Engine;

/// What `lint` needs to know.
#[derive(Debug, Clone)]
pub struct LintSettings {
    /// What is migrated here; where nothing is, the directory that would have held it.
    pub set: Result<SetChoice, PathBuf>,
    /// The engine of the database that is named, where one is.
    pub engine: Option<Engine>,
    /// How much findings weigh.
    pub levels: LintLevels,
}

impl LintSettings {
    /// Resolves them. Of a database's URL nothing but its engine is read.
    pub fn resolve(flags: &Flags, environment: &Environment) -> Result<Self, SettingsError> {
        let file = project_file(flags.config.as_deref(), environment)?;
        let (migrations, rollbacks) = (flags.migrations_dir.clone(), flags.rollbacks_dir.clone());
        if flags.set.is_some() && (migrations.is_some() || rollbacks.is_some()) {
            return Err(SettingsError::SetAndDirectories);
        }
        let set = choose_set(flags.set.clone(), migrations, rollbacks, &file, environment);
        let url = flags.database_url.as_deref();
        let url = url.or_else(|| environment.get("DATABASE_URL")).or(file.url.as_deref());
        let engine = url.map(engine_of).transpose()?;
        Ok(Self { set, engine, levels: file.lint.levels })
    }
}

/// The engine a database's URL names.
fn engine_of(url: &str) -> Result<Engine, SettingsError> {
    // libpq also takes `host=… dbname=…`.
    let keywords = !url.contains("://") && url.contains('=');
    if SqliteLocation::of_url(url, Path::new("")).is_some() {
        Ok(Engine::Sqlite)
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") || keywords {
        Ok(Engine::Postgres)
    } else {
        Err(SettingsError::UnknownUrl(libpq::redact(url)))
    }
}
