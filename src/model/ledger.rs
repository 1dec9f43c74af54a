//! What is recorded in a database about the migrations applied to it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use time::OffsetDateTime;

use super::{Digest, Version};

/// What happened to a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Its script ran and was committed.
    Applied,
    /// Its objects existed already; nothing ran.
    Adopted,
    /// Its rollback ran, or its adoption was taken back.
    RolledBack,
    /// Its script or its rollback failed.
    Failed,
}

impl EventKind {
    /// The word in the ledger's `kind` column.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Adopted => "adopted",
            Self::RolledBack => "rolled_back",
            Self::Failed => "failed",
        }
    }

    /// The kind a ledger row names; `None` for a word a newer turnback may have written.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Applied, Self::Adopted, Self::RolledBack, Self::Failed]
            .into_iter()
            .find(|kind| kind.word() == word)
    }
}

/// A row of the history table, read leniently: hand-edited values must not stop a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// The version.
    pub version: Version,
    /// The name as recorded, if any.
    pub name: String,
    /// When it was applied, if the text can be read as a time.
    pub applied_on: Option<OffsetDateTime>,
    /// refinery's own checksum, as recorded.
    pub checksum: String,
}

/// What the ledger says of a version, as far as planning needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedMigration {
    /// The number of the event that decides: the last one that is no failure, if there is one.
    pub id: i64,
    /// What that event was.
    pub kind: EventKind,
    /// The name in the file name.
    pub name: String,
    /// Checksum of the migration's script.
    pub script: Digest,
    /// Checksum of the rollback that belongs to it.
    pub rollback: Digest,
    /// When it happened.
    pub at: OffsetDateTime,
    /// The message of a failure that came after it.
    pub failure: Option<String>,
    /// The catalogs before and after it; `None` where none were recorded.
    pub catalogs: Option<CatalogPair>,
}

/// The catalogs on either side of an event, by their digests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogPair {
    /// Before it.
    pub before: Digest,
    /// After it.
    pub after: Digest,
}

impl RecordedMigration {
    /// Whether the ledger holds the version to be in the database.
    pub fn stands(&self) -> bool {
        matches!(self.kind, EventKind::Applied | EventKind::Adopted)
    }
}

/// How far a script that runs outside a transaction has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementProgress {
    /// Whether the rollback was running, rather than the migration.
    pub rolling_back: bool,
    /// The name in the file name.
    pub name: String,
    /// Checksum of the migration's script.
    pub script: Digest,
    /// Checksum of its rollback.
    pub rollback: Digest,
    /// The index of the last statement that was begun, from 0.
    pub statement: usize,
    /// What is known of it.
    pub state: StatementState,
    /// The catalog before the script began; `None` where none was recorded.
    pub catalog: Option<Digest>,
}

impl StatementProgress {
    /// How many statements are known to be finished.
    pub fn finished(&self) -> usize {
        match self.state {
            StatementState::Started => self.statement,
            StatementState::Finished => self.statement + 1,
        }
    }

    /// Checksum of the script that was running.
    pub fn running(&self) -> &Digest {
        if self.rolling_back { &self.rollback } else { &self.script }
    }
}

/// What is known of the last statement of an interrupted script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementState {
    /// It was sent; whether it finished is not known.
    Started,
    /// It finished.
    Finished,
}

/// Everything recorded about one set in one database, as one snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LedgerState {
    /// Whether the history table exists.
    pub history_exists: bool,
    /// Whether turnback's own tables exist.
    pub ledger_exists: bool,
    /// The history's rows by version.
    pub history: BTreeMap<Version, HistoryRow>,
    /// The last event of each version.
    pub recorded: BTreeMap<Version, RecordedMigration>,
    /// Unfinished scripts, by version.
    pub progress: BTreeMap<Version, StatementProgress>,
    /// The catalog after the last event of any set in the same schema that is no failure; `None`
    /// where that has none on record.
    pub catalog: Option<CatalogHead>,
}

/// The newest catalog on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogHead {
    /// Its digest.
    pub digest: Digest,
    /// How many rows of the ledger lie between it and one that is stored whole.
    pub depth: u32,
    /// The schemas it covers; none where the engine has no schemas.
    pub schemas: BTreeSet<String>,
}

impl LedgerState {
    /// A checksum of all that planning depends on. The engine compares it again under the lock.
    pub fn digest(&self) -> Digest {
        let history =
            self.history.values().map(|row| format!("h {} {}\n", row.version, row.checksum));
        let recorded = self
            .recorded
            .iter()
            .map(|(version, event)| format!("e {version} {} {}\n", event.id, event.kind.word()));
        let progress = self.progress.iter().map(|(version, at)| {
            format!("p {version} {} {} {:?}\n", at.rolling_back, at.statement, at.state)
        });
        Digest::of_parts(history.chain(recorded).chain(progress))
    }
}

/// A script's text as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredScript {
    /// The text's checksum.
    pub digest: Digest,
    /// The text itself.
    pub text: String,
}

/// An event to be written.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// What happened.
    pub kind: EventKind,
    /// The version it happened to.
    pub version: Version,
    /// The name in the file name.
    pub name: &'a str,
    /// The migration's text.
    pub script: &'a StoredScript,
    /// The rollback's text.
    pub rollback: &'a StoredScript,
    /// How long it took, in milliseconds; `None` where the backend takes the time since the
    /// transaction began.
    pub duration_ms: Option<u64>,
    /// The message, where the event is a failure.
    pub failure: Option<&'a str>,
}
