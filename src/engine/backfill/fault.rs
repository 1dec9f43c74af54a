//! Why a backfill stops, and what an error of a batch means.

use std::time::Duration;

use crate::database::DatabaseError;
use crate::model::{Diagnose, Problem, ProblemKind};

/// Why a backfill stopped before its end. What its batches have done stands.
#[derive(Debug, thiserror::Error)]
pub enum BackfillFault {
    /// The database refused or was lost.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The statement cannot run in batches.
    #[error("the backfill of {table} cannot run in batches: {refusal}")]
    Refused {
        /// The table.
        table: String,
        /// Why.
        refusal: Refusal,
    },
    /// An operator had it pause.
    #[error("the backfill of {table} was paused")]
    Paused {
        /// The table.
        table: String,
    },
    /// An operator gave it up.
    #[error("the backfill of {table} was cancelled")]
    Cancelled {
        /// The table.
        table: String,
    },
    /// Some rows could not be changed.
    #[error("the backfill of {table} is done but for {}", rows(*.count))]
    Rows {
        /// The table.
        table: String,
        /// How many.
        count: u64,
        /// Some of them: key, and why.
        examples: Vec<(String, String)>,
    },
    /// Rows match, and the statement leaves them as they are.
    #[error("the backfill of {table} leaves {} as they are that it should change", rows(*.count))]
    Stuck {
        /// The table.
        table: String,
        /// How many.
        count: u64,
    },
    /// Somebody else works at it, and it goes on no more.
    #[error("the backfill of {table} is gone from the record")]
    Gone {
        /// The table.
        table: String,
    },
}

/// Why a statement cannot run in batches.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such table.
    #[error("there is no such table")]
    Missing,
    /// It is something else than a table.
    #[error("it is a {0}")]
    NotATable(&'static str),
    /// Rows of a foreign table lie elsewhere.
    #[error("the partition {0} is a foreign table")]
    Foreign(String),
    /// Nobody but the session that made it can see it.
    #[error("it is a temporary table, which nobody else sees")]
    Temporary,
    /// A row that was changed still matches.
    #[error("{} of {} still match its condition when it has changed them", .still, rows(*.changed))]
    NotIdempotent {
        /// How many.
        still: u64,
        /// Of how many.
        changed: u64,
    },
    /// It changed nothing of what matches.
    #[error(
        "it leaves rows as they are that match its condition: a trigger or a rule is in the way"
    )]
    Suppressed,
    /// Nothing tells rows apart.
    #[error("it has no primary key, and no unique index over columns that are never null")]
    NoKey,
    /// It has too many columns.
    #[error("it has too many columns for what is overwritten to be written down beside them")]
    TooWide,
    /// Rows of other tables change as well.
    #[error("rows of {} change with it, and nothing saves them", .0.join(", "))]
    Others(Vec<String>),
    /// A column decides in which partition a row lies.
    #[error("it changes {0}, which decides in which partition a row lies")]
    MovesRows(String),
    /// The statement's role is not the runner's.
    #[error("the script has changed its role before it")]
    Role,
    /// A table has begun to inherit from it.
    #[error("{0} has begun to inherit from it since, and nothing saves its rows")]
    Heir(String),
    /// The column it should be ordered by is no key.
    #[error("no unique index over columns that are never null begins with {0}")]
    NoOrder(String),
}

impl Refusal {
    fn hint(&self) -> &'static str {
        match self {
            Self::Missing => "make the table first",
            Self::NotATable(_) => "name the table itself",
            Self::Foreign(_) => "name the partitions that lie here, each with its own statement",
            Self::NotIdempotent { .. } => {
                "add to WHERE what no longer holds for a row that was changed, such as \
                 `AND column IS NULL`"
            }
            Self::Suppressed => "look at the triggers of the table that return NULL",
            Self::NoKey => {
                "give it a key; or run it with --no-backup, and what it overwrites is lost for good"
            }
            Self::TooWide => "run it with --no-backup, and what it overwrites is lost for good",
            Self::Others(_) => {
                "remove the directive, so that it runs in one piece and all is saved; or run it \
                 with --no-backup, and what changes there is lost for good"
            }
            Self::Temporary | Self::MovesRows(_) | Self::Role => {
                "remove the directive: it runs in one piece then"
            }
            Self::Heir(_) => {
                "cancel it with `turnback backfill cancel` and migrate again: it begins anew, with \
                 that table"
            }
            Self::NoOrder(_) => "name the columns of a key, or leave `by` away",
        }
    }
}

impl BackfillFault {
    /// Whether a table was not there: a partition may have been dropped meanwhile.
    pub(super) fn misses_a_table(&self) -> bool {
        // undefined_table
        matches!(self, Self::Database(error) if error.code() == Some("42P01"))
    }
}

fn rows(count: u64) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}

impl Diagnose for BackfillFault {
    fn problem(&self) -> Problem {
        const GO_ON: &str = "the same command goes on where it stopped, and so does \
                             `turnback backfill run`";
        let failed = Problem::new(ProblemKind::Precondition, self.to_string());
        match self {
            Self::Database(error) => error.problem().hint(GO_ON),
            Self::Refused { refusal, .. } => failed.hint(refusal.hint()),
            Self::Paused { .. } => failed.hint(GO_ON),
            Self::Cancelled { .. } => failed
                .hint("`turnback migrate` begins it anew with the rows that are left")
                .hint("`turnback rollback` undoes what it has done"),
            Self::Rows { examples, count, .. } => {
                let shown = examples.iter().map(|(key, why)| format!("{key}: {why}"));
                let mut problem = shown.fold(failed, Problem::note);
                if *count > examples.len() as u64 {
                    problem = problem.note("`turnback backfill status` lists more of them");
                }
                problem.hint("mend these rows, or the statement's condition, and run it again")
            }
            Self::Stuck { .. } => failed.hint(Refusal::Suppressed.hint()),
            Self::Gone { .. } => failed.hint("run the command again"),
        }
    }
}

/// What an error of a batch means for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Others hold what it needs: later.
    Locked,
    /// It takes too long: smaller.
    TooLong,
    /// The connection is gone, or the server is: anew.
    Gone,
    /// The server has no room, or too much to do: later, but not for ever.
    Strained,
    /// Some row of it.
    Row,
    /// Everything: stop.
    All,
}

/// How often a server that has no room is asked again.
pub(super) const STRAINED_TRIES: u32 = 5;
/// How long it is left alone then.
pub(super) const STRAINED_PAUSE: Duration = Duration::from_millis(500);

/// By the error's SQLSTATE (PostgreSQL, appendix A) or SQLite's result code.
pub(super) fn meaning(error: &DatabaseError) -> Meaning {
    let code = match error {
        // One that cannot be made: too many connections, or a server that starts up.
        DatabaseError::ConnectionLost { .. } | DatabaseError::Connect(_) => return Meaning::Gone,
        other => other.code().unwrap_or_default(),
    };
    match code {
        _ if error.is_lock_conflict() => Meaning::Locked,
        // serialization_failure
        "40001" => Meaning::Locked,
        // query_canceled: a statement_timeout, where nobody asked to stop
        "57014" => Meaning::TooLong,
        // admin_shutdown, crash_shutdown, cannot_connect_now, idle sessions
        "57P01" | "57P02" | "57P03" | "57P05" | "25P03" => Meaning::Gone,
        _ if code.starts_with("08") => Meaning::Gone,
        "SQLITE_FULL" | "SQLITE_NOMEM" => Meaning::Strained,
        _ if code.starts_with("53") => Meaning::Strained,
        // data exceptions, integrity constraints, what functions and triggers raise, view checks, and
        // values that an index has no room for
        _ if ["22", "23", "P0", "44", "09", "27", "21", "38", "39", "54000"]
            .iter()
            .any(|it| code.starts_with(it)) =>
        {
            Meaning::Row
        }
        _ if code.starts_with("SQLITE_CONSTRAINT") => Meaning::Row,
        // What functions and sums say of a value: a broken JSON text, a sum that is too large.
        "SQLITE_MISMATCH" | "SQLITE_TOOBIG" | "SQLITE_ERROR" => Meaning::Row,
        _ => Meaning::All,
    }
}
