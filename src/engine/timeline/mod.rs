//! The time line of a run: what ran when, what it locked, what it waited for, what stands. Made to be
//! kept, whatever came of the run.

mod backfill;
mod held;
mod moment;
mod recorder;
mod step;

use std::time::Duration;

use serde::Serialize;
use time::OffsetDateTime;

use crate::database::TableSize;
use crate::model::{Blocker, Engine, ObjectName, Version};
use crate::plan::Direction;
use crate::sql::LockStrength;

pub use moment::Span;
pub use recorder::{Circumstances, Recorder, Watching};

use moment::{as_milliseconds, as_rfc3339};

/// A run from its beginning to its end. Its serialised form is the report in JSON.
#[derive(Debug, Clone, Serialize)]
pub struct Timeline {
    /// What the document is, and the version of its form.
    pub report: &'static str,
    /// The command.
    pub command: &'static str,
    /// Whether it did all it was to do.
    pub ok: bool,
    /// The process's exit code.
    pub exit_code: u8,
    /// What became of it.
    pub outcome: Outcome,
    /// The database's URL without its password.
    pub database: Option<String>,
    /// The set's name.
    pub set: Option<String>,
    /// The schema the set lives in, where one was chosen.
    pub schema: Option<String>,
    /// The database's engine.
    pub engine: Option<Engine>,
    /// The version of the server, or of the library.
    pub server_version: Option<String>,
    /// The version of turnback.
    pub turnback_version: &'static str,
    /// The role on the server.
    pub role: Option<String>,
    /// The user of the operating system, and the machine turnback ran on.
    pub operator: Option<String>,
    /// The machine.
    pub host: Option<String>,
    /// A checksum of what the plan would do; `turnback plan` tells the same.
    pub plan_hash: Option<String>,
    /// When it began.
    #[serde(serialize_with = "as_rfc3339")]
    pub started_at: OffsetDateTime,
    /// When it ended.
    #[serde(serialize_with = "as_rfc3339")]
    pub ended_at: OffsetDateTime,
    /// How long it took.
    #[serde(rename = "duration_ms", serialize_with = "as_milliseconds")]
    pub took: Duration,
    /// The error, if it failed.
    pub error: Option<Failed>,
    /// Waits for another runner.
    pub runner_waits: Vec<RunnerWait>,
    /// Tries for locks before the first step.
    pub tries: Vec<Try>,
    /// The steps, in their order.
    pub steps: Vec<StepLine>,
    /// The tables the steps name, with their sizes.
    pub tables: Vec<TableLine>,
    /// What was said outside the steps.
    pub messages: Vec<Message>,
}

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It did all it was to do.
    Done,
    /// There was nothing to do.
    NothingToDo,
    /// It failed.
    Failed,
    /// It was stopped by a signal.
    Interrupted,
    /// The operator said no.
    Declined,
}

/// The error a run ended with.
#[derive(Debug, Clone, Serialize)]
pub struct Failed {
    /// Its kind, as in every document.
    pub kind: crate::model::ProblemKind,
    /// What happened.
    pub message: String,
    /// The SQLSTATE, or `SQLite`'s code.
    pub sqlstate: Option<String>,
    /// The file it happened in.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The character in the line, from 1.
    pub column: Option<usize>,
    /// The line itself.
    pub line_text: Option<String>,
    /// The server's DETAIL.
    pub detail: Option<String>,
    /// The server's HINT.
    pub server_hint: Option<String>,
    /// The server's CONTEXT.
    pub context: Option<String>,
    /// How two texts differ.
    pub diff: Option<String>,
    /// Who held the lock that was not had.
    pub blockers: Vec<Blocker>,
    /// What stands, and other facts.
    pub stands: Vec<String>,
    /// What to do next.
    pub next: Vec<String>,
}

/// A wait for another runner.
#[derive(Debug, Clone, Serialize)]
pub struct RunnerWait {
    /// From when to when.
    #[serde(flatten)]
    pub span: Span,
    /// The other runner's process, where it is known.
    pub pid: Option<u32>,
    /// Its role.
    pub user: Option<String>,
    /// What it calls itself.
    pub application: Option<String>,
}

/// A try for locks that were not had.
#[derive(Debug, Clone, Serialize)]
pub struct Try {
    /// From its beginning to when it was given up.
    #[serde(flatten)]
    pub span: Span,
    /// The statement that waited, from 1, where it is known.
    pub statement: Option<usize>,
    /// The server's message.
    pub message: String,
    /// The pause behind it.
    #[serde(rename = "pause_ms", serialize_with = "as_milliseconds")]
    pub pause: Duration,
    /// Who held the locks, as far as that was seen.
    pub blockers: Vec<Blocker>,
}

/// One step of a run.
#[derive(Debug, Clone, Serialize)]
pub struct StepLine {
    /// The version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// Which way it went.
    pub direction: Direction,
    /// The script's file.
    pub file: String,
    /// What became of it.
    pub state: StepState,
    /// Whether the script and its record are one transaction.
    pub one_transaction: bool,
    /// From when to when; none where it was not begun.
    #[serde(flatten)]
    pub span: Option<Span>,
    /// Its statements.
    pub statements: Vec<StatementLine>,
    /// Tries for locks that were not had.
    pub tries: Vec<Try>,
    /// The locks it held, on tables that were there before.
    pub locks: Vec<LockLine>,
    /// Its backfills.
    pub backfills: Vec<BackfillLine>,
    /// What was saved before it was destroyed.
    pub saved: Vec<SavedLine>,
    /// What was put back.
    pub restored: Vec<RestoredLine>,
    /// What was said meanwhile.
    pub messages: Vec<Message>,
}

impl StepLine {
    /// `V3__add_ip`.
    pub fn label(&self) -> String {
        format!("V{}__{}", self.version, self.name)
    }

    /// How long it waited for locks that were not had, pauses included.
    pub fn waited(&self) -> Duration {
        self.tries.iter().map(|it| it.span.took + it.pause).sum()
    }
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Its script ran.
    Applied,
    /// It was recorded over what existed.
    Adopted,
    /// Its rollback ran.
    RolledBack,
    /// Its adoption was taken back.
    Released,
    /// It failed.
    Failed,
    /// Its turn did not come.
    NotReached,
}

/// One statement of a script.
#[derive(Debug, Clone, Serialize)]
pub struct StatementLine {
    /// Its number in the script, from 1.
    pub number: usize,
    /// The line it begins in, from 1.
    pub line: usize,
    /// What it is in a few words.
    pub summary: String,
    /// Its text; none where it may hold a password.
    pub sql: Option<String>,
    /// Whether the text goes on.
    pub sql_is_cut: bool,
    /// What became of it.
    pub state: StatementState,
    /// From when to when; none where it did not run, or where the script could only be timed whole.
    #[serde(flatten)]
    pub span: Option<Span>,
    /// How many rows it touched, where it touches any.
    pub rows: Option<u64>,
}

/// What became of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementState {
    /// It ran, and stands.
    Stands,
    /// An earlier run has done it.
    DoneBefore,
    /// It ran, and its transaction was rolled back.
    Undone,
    /// It failed, or was stopped.
    Failed,
    /// It did not run.
    NotRun,
    /// It ran, and whether its transaction was committed is not known.
    Unknown,
}

/// A lock on a table, held from a statement to the end of its transaction or until it got stronger.
#[derive(Debug, Clone, Serialize)]
pub struct LockLine {
    /// The table.
    pub object: ObjectName,
    /// The lock.
    pub mode: LockStrength,
    /// From when to when.
    #[serde(flatten)]
    pub span: Span,
    /// Whether the server named it before the transaction ended; otherwise it is what the statement
    /// takes according to the manual.
    pub seen: bool,
}

/// A backfill as it went.
#[derive(Debug, Clone, Serialize)]
pub struct BackfillLine {
    /// The table.
    pub table: String,
    /// From when to when.
    #[serde(flatten)]
    pub span: Span,
    /// Rows changed, in this run and before.
    pub rows: u64,
    /// How many batches this run has done; known at its end only, as what follows.
    pub batches: Option<u64>,
    /// How many of them were tried again.
    pub retries: Option<u64>,
    /// The longest a batch took.
    pub longest_ms: Option<f64>,
    /// How far it was when; of many, some.
    pub samples: Vec<Sample>,
    /// What held it back, and how long.
    pub held: Vec<Held>,
}

/// How far a backfill was.
#[derive(Debug, Clone, Serialize)]
pub struct Sample {
    /// When, since the run began.
    #[serde(rename = "offset_ms", serialize_with = "as_milliseconds")]
    pub offset: Duration,
    /// Rows changed by then.
    pub rows: u64,
    /// How many connections worked.
    pub workers: usize,
    /// How many blocks or rows a batch had.
    pub batch: u64,
}

/// What held a backfill back.
#[derive(Debug, Clone, Serialize)]
pub struct Held {
    /// From when to when.
    #[serde(flatten)]
    pub span: Span,
    /// Why, as it was said last.
    pub reason: String,
    /// Whether nothing was done meanwhile; it was slower otherwise.
    pub stopped: bool,
}

/// What was saved of a table.
#[derive(Debug, Clone, Serialize)]
pub struct SavedLine {
    /// Its number in the register.
    pub backup: i64,
    /// The table.
    pub table: ObjectName,
    /// The columns; none where whole rows were saved.
    pub columns: Vec<String>,
    /// How many rows.
    pub rows: u64,
    /// How many bytes they take.
    pub bytes: u64,
}

/// What was put back into a table.
#[derive(Debug, Clone, Serialize)]
pub struct RestoredLine {
    /// The table.
    pub table: ObjectName,
    /// How many rows.
    pub rows: u64,
    /// How many were changed since, and left as they are.
    pub conflicts: u64,
    /// Why not everything was put back, if so.
    pub obstacle: Option<String>,
}

/// A table before and behind the run.
#[derive(Debug, Clone, Serialize)]
pub struct TableLine {
    /// The table.
    pub table: ObjectName,
    /// Before; none where it was not there, or could not be measured.
    pub before: Option<TableSize>,
    /// Behind it.
    pub after: Option<TableSize>,
}

/// Something that was said.
#[derive(Debug, Clone, Serialize)]
pub struct Message {
    /// When, since the run began.
    #[serde(rename = "offset_ms", serialize_with = "as_milliseconds")]
    pub offset: Duration,
    /// `notice` and `warning` are the server's; `remark` and `decision` are not.
    pub kind: MessageKind,
    /// The words.
    pub text: String,
}

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// The server.
    Notice,
    /// The server, as a warning.
    Warning,
    /// turnback.
    Remark,
    /// The operator, asked whether to end others.
    Decision,
}
