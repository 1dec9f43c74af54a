//! Backups as the register knows them.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Version;

/// What was saved of one table before a step destroyed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its number in the register.
    pub id: i64,
    /// The set whose step it was; empty for a project's unnamed set.
    pub set: String,
    /// The version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// Whether its rollback destroyed it, rather than the migration.
    pub rolling_back: bool,
    /// When.
    pub taken_at: OffsetDateTime,
    /// What has become of it.
    pub state: BackupState,
    /// How many rows were saved.
    pub rows: u64,
    /// How many bytes they take.
    pub bytes: u64,
    /// A hash of the saved rows; see [`SavedTable::place`].
    pub hash: String,
    /// How many rows could not be put back, because somebody changed them since.
    pub conflicts: u64,
    /// What it is of, and where it lies.
    pub table: SavedTable,
}

impl Backup {
    /// `V3__add_ip`.
    pub fn label(&self) -> String {
        format!("V{}__{}", self.version, self.name)
    }
}

/// What has become of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupState {
    /// What it holds is nowhere else.
    Kept,
    /// It was put back.
    Restored,
    /// The step was undone, but its table or column was not there to take it back.
    SetAside,
}

impl BackupState {
    /// The word in the register's `state` column, in JSON and for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Restored => "restored",
            Self::SetAside => "set_aside",
        }
    }

    /// The state a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Kept, Self::Restored, Self::SetAside].into_iter().find(|it| it.word() == word)
    }
}

/// Which rows and columns of a table were saved, where they lie, and how they find their rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedTable {
    /// The table's schema, where the engine has schemas.
    pub schema: Option<String>,
    /// The table as it was called before the step.
    pub table: String,
    /// The table as it was called behind the step; `None` where it was gone.
    pub after: Option<(Option<String>, String)>,
    /// The table that holds the saved values, under the names the columns had before the step.
    pub place: String,
    /// The table that tells what the step left in the rows it changed: see [`Self::left`].
    pub left_place: Option<String>,
    /// What tells one row from another.
    pub identity: Identity,
    /// The columns whose values were saved.
    pub columns: Vec<SavedColumn>,
    /// Columns whose values behind the step are in `left_place`.
    pub left: Vec<LeftColumn>,
    /// The checksum of the migration whose step it was: of another text, other values are right.
    #[serde(default)]
    pub migration: Option<String>,
    /// Whether rows were saved to be made again, where the step removed them.
    pub whole: bool,
    /// Whether the saved rows of a table without a key carry what stands for one.
    pub numbered: bool,
    /// Sequences that belong to the table, and how far they had come.
    #[serde(default)]
    pub sequences: Vec<SavedSequence>,
    /// The statements that make the table as it was, with its constraints and indexes.
    #[serde(default)]
    pub definition: Vec<String>,
}

impl SavedTable {
    /// Whether the step removed the table.
    pub const fn is_gone(&self) -> bool {
        self.after.is_none()
    }
}

/// What tells one row of a table from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// A key: a primary key, or a unique index over columns that are never NULL.
    Key(Vec<SavedColumn>),
    /// There is none: rows are told by the values of these columns, and equal ones are counted.
    Values(Vec<SavedColumn>),
}

impl Identity {
    /// The columns it consists of.
    pub fn columns(&self) -> &[SavedColumn] {
        let (Self::Key(columns) | Self::Values(columns)) = self;
        columns
    }
}

/// A column of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedColumn {
    /// Its name before the step.
    pub name: String,
    /// Its name behind the step; `None` where the step dropped it.
    pub after: Option<String>,
    /// Its type, as the engine writes it.
    pub type_name: String,
    /// Whether values are saved in that type. Types of the user's own may be dropped with their
    /// tables; their values are saved as text.
    pub as_is: bool,
    /// Whether equal values are the same: `1.0` and `1.00` are equal numbers, but not the same.
    pub exact: bool,
}

/// A column of which it is known what the step left in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftColumn {
    /// What it is called in the backup.
    pub place: String,
    /// Its number there, from 1, where what is called so is an array of texts: a table has no more
    /// columns than it may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element: Option<usize>,
    /// The column, as it was called behind the step.
    pub column: SavedColumn,
    /// Whether the step gave it new values, rather than only having added it.
    pub overwritten: bool,
}

/// A sequence and how far it had come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSequence {
    /// The sequence; in `SQLite` the table it counts for.
    pub name: String,
    /// The column it belongs to, if it belongs to one.
    pub column: Option<String>,
    /// The last value it gave; `None` where it never gave one.
    #[serde(default)]
    pub last_value: Option<i64>,
}
