//! Backfills as the ledger knows them.

use serde::{Deserialize, Serialize};

use super::Version;

/// How a backfill stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackfillState {
    /// It works, or does so as soon as somebody runs it.
    Running,
    /// An operator had it pause.
    Paused,
    /// An operator gave it up.
    Cancelled,
    /// All is done but for some rows, which could not be changed.
    Incomplete,
    /// No row is left.
    Done,
}

impl BackfillState {
    /// The word in the ledger's `state` column, in JSON and for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Cancelled => "cancelled",
            Self::Incomplete => "incomplete",
            Self::Done => "done",
        }
    }

    /// The state a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Running, Self::Paused, Self::Cancelled, Self::Incomplete, Self::Done]
            .into_iter()
            .find(|it| it.word() == word)
    }
}

/// Which statement a backfill is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackfillOf {
    /// The version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// Whether its rollback runs.
    pub rolling_back: bool,
    /// The statement's place in the script, from 0.
    pub statement: usize,
    /// The table, as the statement names it.
    pub table: String,
}

impl BackfillOf {
    /// `V3__add_ip`.
    pub fn label(&self) -> String {
        format!("V{}__{}", self.version, self.name)
    }
}
