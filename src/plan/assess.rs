//! How each version stands: files against history against ledger.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::model::{
    EventKind, HistoryRow, LedgerState, RecordedMigration, StatementProgress, Version,
};
use crate::sets::{Migration, MigrationSet, refinery_checksums};

/// How a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MigrationState {
    /// In the database, and the file is the one that was applied.
    Applied,
    /// Recorded over objects that existed before.
    Adopted,
    /// Not in the database.
    Pending,
    /// Not in the database, or not wholly, because the last attempt failed.
    Failed,
    /// In the database, but the file has changed since.
    Changed,
    /// In the database, but the file is gone.
    Missing,
    /// History and ledger contradict each other.
    Conflict,
}

impl MigrationState {
    /// The word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Adopted => "adopted",
            Self::Pending => "pending",
            Self::Failed => "failed",
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Conflict => "conflict",
        }
    }

    /// Whether `migrate` would run it.
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Pending | Self::Failed)
    }

    /// Whether recorded and present state differ.
    pub const fn is_mismatch(self) -> bool {
        matches!(self, Self::Changed | Self::Missing | Self::Conflict)
    }
}

/// One version with everything known of it.
#[derive(Debug, Clone)]
pub struct Assessed<'a> {
    /// The version.
    pub version: Version,
    /// How it stands.
    pub state: MigrationState,
    /// Its files, where they exist.
    pub file: Option<&'a Migration>,
    /// The ledger's word on it.
    pub recorded: Option<&'a RecordedMigration>,
    /// Its row in the history.
    pub history: Option<&'a HistoryRow>,
    /// How far an unfinished run has come.
    pub progress: Option<&'a StatementProgress>,
    /// Whether it is pending while a higher version is applied.
    pub out_of_order: bool,
}

impl Assessed<'_> {
    /// The name in the file name: the file's, else the recorded one.
    pub fn name(&self) -> &str {
        self.file
            .map(|file| file.name.as_str())
            .or_else(|| self.recorded.map(|recorded| recorded.name.as_str()))
            .or_else(|| self.history.map(|row| row.name.as_str()))
            .or_else(|| self.progress.map(|progress| progress.name.as_str()))
            .unwrap_or_default()
    }

    /// `V3__add_ip`.
    pub(super) fn label(&self) -> String {
        format!("V{}__{}", self.version, self.name())
    }

    /// Whether the rollback file differs from the one recorded with the migration.
    pub fn rollback_changed(&self) -> bool {
        match (self.file, self.recorded) {
            (Some(file), Some(recorded)) => {
                self.history.is_some()
                    && recorded.stands()
                    && file.rollback.stored.digest != recorded.rollback
            }
            _ => false,
        }
    }
}

/// Assesses every version that has a file or a record, by ascending version. Linear in their
/// number.
pub fn assess<'a>(set: &'a MigrationSet, state: &'a LedgerState) -> Vec<Assessed<'a>> {
    let highest_applied = state.history.keys().next_back().copied();
    let versions: BTreeSet<Version> = set
        .migrations
        .iter()
        .map(|migration| migration.version)
        .chain(state.history.keys().copied())
        .chain(state.recorded.iter().filter(|(_, event)| event.stands()).map(|(v, _)| *v))
        .chain(state.progress.keys().copied())
        .collect();
    versions
        .into_iter()
        .map(|version| {
            let file = set.get(version);
            let recorded = state.recorded.get(&version);
            let history = state.history.get(&version);
            let progress = state.progress.get(&version);
            let standing = standing(file, recorded, history, progress);
            Assessed {
                version,
                state: standing,
                file,
                recorded,
                history,
                progress,
                out_of_order: standing.is_pending()
                    && highest_applied.is_some_and(|highest| version < highest),
            }
        })
        .collect()
}

fn standing(
    file: Option<&Migration>,
    recorded: Option<&RecordedMigration>,
    history: Option<&HistoryRow>,
    progress: Option<&StatementProgress>,
) -> MigrationState {
    let stands = recorded.is_some_and(RecordedMigration::stands);
    match (history, file) {
        (None, _) if stands => MigrationState::Conflict,
        (None, Some(_)) => {
            let failed = recorded
                .is_some_and(|event| event.kind == EventKind::Failed || event.failure.is_some());
            if failed || progress.is_some() {
                MigrationState::Failed
            } else {
                MigrationState::Pending
            }
        }
        (_, None) => MigrationState::Missing,
        (Some(row), Some(file)) => match recorded.filter(|_| stands) {
            Some(event) if event.script != file.script.stored.digest => MigrationState::Changed,
            Some(event) if event.kind == EventKind::Adopted => MigrationState::Adopted,
            Some(_) => MigrationState::Applied,
            // An application that embeds the files with refinery applied it.
            None if refinery_checksums(file).iter().any(|sum| sum.to_string() == row.checksum) => {
                MigrationState::Applied
            }
            None => MigrationState::Changed,
        },
    }
}
