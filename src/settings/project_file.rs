//! `turnback.toml`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{BackfillSection, LintSection, SettingsError, SqliteLocation};
use crate::model::Excerpt;

/// What `turnback.toml` says. Every key may be left out; an unknown one is an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectFile {
    /// The database's URL; a `SQLite` file is relative to this one.
    pub url: Option<String>,
    /// A bundled set.
    pub set: Option<String>,
    /// The directory of the project's own migrations, relative to the file.
    pub migrations: Option<PathBuf>,
    /// The directory of their rollbacks, relative to the file.
    pub rollbacks: Option<PathBuf>,
    /// The schema to install into.
    pub schema: Option<String>,
    /// Whether destructive commands ask for the database's name.
    #[serde(default)]
    pub protected: bool,
    /// How long to wait for another runner.
    pub runner_wait: Option<String>,
    /// How long to try for locks on database objects.
    pub ddl_lock_timeout: Option<String>,
    /// What to do with a pending version below one that is applied.
    #[serde(default)]
    pub out_of_order: OutOfOrder,
    /// Where throwaway databases are made: `temporary`, `same-server`, or a server's URL.
    pub scratch: Option<String>,
    /// How hard backfills work.
    #[serde(default)]
    pub backfill: BackfillSection,
    /// How much the findings of `lint` weigh.
    #[serde(default)]
    pub lint: LintSection,
}

/// What to do with a pending version below one that is applied, as branches leave behind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutOfOrder {
    /// Stop and say so.
    #[default]
    Refuse,
    /// Apply it after the others.
    Apply,
}

/// The parser speaks of fields and lists them all, which the hint does as well.
fn in_our_words(message: &str) -> String {
    match message.strip_prefix("unknown field ") {
        Some(rest) => format!("unknown key {}", rest.split(',').next().unwrap_or(rest)),
        None => message.to_owned(),
    }
}

impl ProjectFile {
    /// The file's name.
    pub const NAME: &str = "turnback.toml";

    /// Reads a settings file. Its relative paths come back joined to the file's directory.
    pub fn read(path: &Path) -> Result<Self, SettingsError> {
        let text = fs::read_to_string(path)
            .map_err(|error| SettingsError::Unreadable { path: path.to_owned(), error })?;
        let mut file: Self = toml::from_str(&text).map_err(|error| SettingsError::Syntax {
            place: Excerpt::of_offset(
                path.display().to_string(),
                &text,
                error.span().map_or(0, |span| span.start),
            ),
            reason: in_our_words(error.message()),
        })?;
        if file.set.is_some() && (file.migrations.is_some() || file.rollbacks.is_some()) {
            return Err(SettingsError::Syntax {
                place: Excerpt::of_file(path.display().to_string()),
                reason: "`set` names a bundled set, `migrations` and `rollbacks` your own files; \
                         only one of the two can be meant"
                    .to_owned(),
            });
        }
        let base = path.parent().unwrap_or(Path::new(""));
        for directory in [&mut file.migrations, &mut file.rollbacks].into_iter().flatten() {
            *directory = base.join(&*directory);
        }
        let location = file.url.as_deref().and_then(|url| SqliteLocation::of_url(url, base));
        if let Some(Ok(location)) = location {
            file.url = Some(location.describe());
        }
        Ok(file)
    }
}
