//! What was done.

use std::time::Duration;

use serde::Serialize;

use super::backfill::BackfillDone;
use super::backup::{Restored, Saved};
use crate::model::Version;
use crate::plan::Direction;

/// What became of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepResult {
    /// Its script ran.
    Applied,
    /// It was recorded over what existed.
    Adopted,
    /// Its rollback ran.
    RolledBack,
    /// Its adoption was taken back; nothing ran.
    Released,
}

impl StepResult {
    /// The words for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Adopted => "adopted",
            Self::RolledBack => "rolled back",
            Self::Released => "released",
        }
    }
}

/// A step that is done and committed.
#[derive(Debug, Clone, PartialEq)]
pub struct StepDone {
    /// The version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// What became of it.
    pub result: StepResult,
    /// How many statements ran.
    pub statements: usize,
    /// How long it took, waits for locks included.
    pub duration: Duration,
    /// What was saved before it was destroyed.
    pub saved: Vec<Saved>,
    /// What was put back.
    pub restored: Vec<Restored>,
    /// The backfills it ran.
    pub backfills: Vec<BackfillDone>,
}

impl StepDone {
    /// What it saved and put back, one fact a line.
    pub(super) fn kept(&self) -> Vec<String> {
        let label = self.label();
        let saved = self.saved.iter().map(|Saved { backup }| {
            format!("{label}: saved {}, as backup {}", backup.table.table, backup.id)
        });
        let restored = self.restored.iter().map(|it| match &it.conflicts_place {
            Some(place) => format!(
                "{label}: put back {} rows of {}; {} conflicts are in {place}",
                it.rows, it.table, it.conflicts
            ),
            None => format!("{label}: put back {} rows of {}", it.rows, it.table),
        });
        saved.chain(restored).collect()
    }

    /// `V3__add_ip`.
    pub fn label(&self) -> String {
        format!("V{}__{}", self.version, self.name)
    }
}

/// A run that did all it was to do.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOutcome {
    /// Which way it went.
    pub direction: Direction,
    /// The steps, in the order they were done.
    pub steps: Vec<StepDone>,
}
