//! Sets of migrations: loaded from the binary or from directories, checked, paired, scaffolded.

mod assemble;
mod bundled;
mod directory;
mod error;
mod file_name;
mod fixtures;
mod loose;
mod manifest;
mod raw_file;
mod refinery;
mod scaffold;

pub use bundled::{BundledSet, bundled, find_bundled, load_bundled};
pub use directory::load_directories;
pub use error::{FileFault, FileFaultKind, SetError};
pub use file_name::FileName;
pub use fixtures::Fixture;
pub use loose::{
    Directories, Gathered, Home, LooseFault, LooseScript, Role, gather, loose_script, scripts_of,
};
pub use manifest::{Manifest, RetentionRule};
pub use refinery::{VersionWidth, refinery_checksum, refinery_checksums};
pub use scaffold::{Scaffolded, export, init_project, new_migration};

use crate::model::{Digest, StoredScript, Target, Version};

/// A script as it came from its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The file's name as the user knows it, for messages.
    pub file: String,
    /// The text with the byte order mark removed and line ends normalised, and its checksum.
    /// This is also the text that runs.
    pub stored: StoredScript,
}

impl Script {
    /// Normalises a text and takes its checksum.
    pub fn new(file: impl Into<String>, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
        Self { file: file.into(), stored: StoredScript { digest: Digest::of(&text), text } }
    }
}

/// A migration and its rollback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The number in the file name.
    pub version: Version,
    /// The words in the file name.
    pub name: String,
    /// What goes forward.
    pub script: Script,
    /// What goes back.
    pub rollback: Script,
}

/// A set, whole and checked: versions ascend, none is twice, each has its rollback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationSet {
    /// What `set.toml` says, where there is one.
    pub manifest: Option<Manifest>,
    /// The migrations by ascending version.
    pub migrations: Vec<Migration>,
    /// The behaviour checks by file name.
    pub checks: Vec<Script>,
    /// What rehearsals find in the database besides, in the order in which it comes there.
    pub fixtures: Vec<Fixture>,
}

impl MigrationSet {
    /// The set's name; a project's own set may have none.
    pub fn name(&self) -> Option<&str> {
        self.manifest.as_ref().map(|manifest| manifest.name.as_str())
    }

    /// The set in a schema, where one is named: what its history is called, and how wide it is.
    pub fn target(&self, schema: Option<&str>) -> Target {
        Target {
            set: self.name().map(str::to_owned),
            schema: schema.map(str::to_owned),
            history_table: Target::history_table_of(self.name()),
            highest_version: self.highest(),
        }
    }

    /// The migration of a version.
    pub fn get(&self, version: Version) -> Option<&Migration> {
        self.migrations
            .binary_search_by_key(&version, |migration| migration.version)
            .ok()
            .map(|index| &self.migrations[index])
    }

    /// The highest version, if the set has any.
    pub fn highest(&self) -> Option<Version> {
        self.migrations.last().map(|migration| migration.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_windows_checkout_changes_no_checksum() {
        let unix = Script::new("V1__a.sql", "select 1;\nselect 2;\n");
        let windows = Script::new("V1__a.sql", "\u{feff}select 1;\r\nselect 2;\r\n");
        assert_eq!(unix.stored, windows.stored);
    }
}
