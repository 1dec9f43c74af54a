//! Settings: flags over environment over `turnback.toml` over defaults, resolved once.

mod backfill;
mod database;
mod duration;
mod environment;
mod error;
mod hazards;
pub mod libpq;
mod lint;
mod lint_levels;
mod project_file;
mod resolve;
mod scratch;
mod sqlite;

pub use backfill::BackfillSection;
pub use database::{CatalogSource, DatabaseSettings};
pub use duration::parse_duration;
pub use environment::Environment;
pub use error::SettingsError;
pub use hazards::allowed_hazards;
pub use lint::LintSettings;
pub use lint_levels::{LintLevels, LintSection, parse_lint_level};
pub use project_file::{OutOfOrder, ProjectFile};
pub use resolve::{Connection, ConnectionOrigin, Flags, SetChoice, Settings};
pub use scratch::{RehearsalSettings, ScratchChoice, ScratchFlags, ScratchSettings};
pub use sqlite::SqliteLocation;
