//! Why a backup cannot be put back.

use crate::database::DatabaseError;
use crate::model::{Diagnose, ObjectName, Problem, ProblemKind, quoted_where_needed};

/// Why a backup cannot be put back, or pruned.
#[derive(Debug, thiserror::Error)]
pub enum BackupFault {
    /// There is no backup of this number.
    #[error("there is no backup {id}")]
    Unknown {
        /// The number.
        id: i64,
        /// Those there are.
        known: Vec<i64>,
    },
    /// The table that holds the saved rows was dropped by somebody.
    #[error("backup {id} is registered, but its table {place} is not there: somebody dropped it")]
    NoPlace {
        /// The backup.
        id: i64,
        /// The table.
        place: ObjectName,
    },
    /// The saved rows are not those that were saved.
    #[error("the rows in {place} are not those that were saved: {difference}")]
    Altered {
        /// The table that holds them.
        place: ObjectName,
        /// What differs.
        difference: String,
    },
    /// The table to put rows into does not exist, and it is not known how it was made.
    #[error("table {table} is not there to take the rows of backup {id}")]
    NoTable {
        /// The backup.
        id: i64,
        /// The table.
        table: ObjectName,
    },
    /// The table that is gone had partitions.
    #[error("table {0} is gone, and its rows lay in partitions, which a backup does not hold")]
    Partitioned(ObjectName),
    /// The table lacks columns.
    #[error("{table} has no {}", columns_text(.columns))]
    NoColumns {
        /// The table.
        table: ObjectName,
        /// The columns.
        columns: Vec<String>,
        /// Whether rows are told apart by them.
        telling_apart: bool,
    },
    /// The operator named columns that are not in the backup.
    #[error("backup {id} does not hold {}", columns_text(.columns))]
    NotSaved {
        /// The backup.
        id: i64,
        /// The columns.
        columns: Vec<String>,
        /// Those it holds.
        held: Vec<String>,
    },
    /// The operator's condition does not hold water.
    #[error("the condition of --where: {error}")]
    Condition {
        /// What the database said.
        error: DatabaseError,
        /// The columns a condition can name.
        held: Vec<String>,
    },
}

fn columns_text(columns: &[String]) -> String {
    let word = if columns.len() == 1 { "column" } else { "columns" };
    format!("{word} {}", names(columns))
}

fn names(columns: &[String]) -> String {
    columns.iter().map(|name| quoted_where_needed(name)).collect::<Vec<_>>().join(", ")
}

impl Diagnose for BackupFault {
    fn problem(&self) -> Problem {
        let plain = |kind| Problem::new(kind, self.to_string());
        match self {
            Self::Unknown { known, .. } if known.is_empty() => {
                plain(ProblemKind::Usage).note("no backup is on record here")
            }
            Self::Unknown { known, .. } => {
                let known: Vec<String> = known.iter().map(i64::to_string).collect();
                plain(ProblemKind::Usage)
                    .note(format!("on record: {}", known.join(", ")))
                    .hint("`turnback backup list` shows what each holds")
            }
            Self::NoPlace { id, .. } => plain(ProblemKind::Precondition)
                .hint(format!("`turnback backup prune {id} --force` takes it off the record")),
            Self::Altered { .. } => plain(ProblemKind::Mismatch)
                .note("nothing was done")
                .hint("look at what was changed; --force puts the rows back as they are there now"),
            Self::NoTable { .. } => plain(ProblemKind::Precondition)
                .hint("make the table, and run the same command again"),
            Self::Partitioned(_) => plain(ProblemKind::Precondition)
                .hint("make the table with its partitions, and run the same command again"),
            Self::NoColumns { telling_apart: true, .. } => {
                plain(ProblemKind::Precondition).note("rows are told apart by them")
            }
            Self::NoColumns { .. } => {
                plain(ProblemKind::Precondition).hint("add them, or put others back with --columns")
            }
            Self::NotSaved { held, .. } => {
                plain(ProblemKind::Usage).note(format!("it holds {}", names(held)))
            }
            Self::Condition { error, held } => {
                let problem = error.problem();
                let kind = match error {
                    DatabaseError::Statement { .. } => ProblemKind::Usage,
                    _ => problem.kind,
                };
                Problem { server: problem.server, ..plain(kind) }
                    .note(format!("it can name {}", names(held)))
            }
        }
    }
}
