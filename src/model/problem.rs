//! What went wrong, as data. `report` renders it; nothing else prints errors.

use serde::Serialize;

use super::{Blocker, Excerpt};

/// The kinds of failure; each belongs to one exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// A statement failed on the server.
    Sql,
    /// The database could not be reached, or the connection broke.
    Connection,
    /// The database refused the user, the password or a privilege.
    Permission,
    /// The state is not what the step needs: a missing object, a changed plan.
    Precondition,
    /// A lock on a database object was not obtained in time.
    ObjectLock,
    /// The user or the system stopped the run.
    Interrupted,
    /// Files could not be read or written.
    Io,
    /// A bug in turnback.
    Internal,
    /// The command line is wrong.
    Usage,
    /// A setting, environment variable or `turnback.toml` is wrong.
    Configuration,
    /// A set's files are wrong: names, pairs, encoding, directives, syntax.
    InvalidSet,
    /// Recorded and present state differ: a changed or missing file, an edited history.
    Mismatch,
    /// Another runner holds the lock.
    RunnerLock,
    /// A plan would hurt those who work with the database, and nobody has accepted that.
    Hazard,
    /// The user said no, or could not be asked.
    Declined,
}

impl ProblemKind {
    /// The process's exit code for this kind.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Sql
            | Self::Connection
            | Self::Permission
            | Self::Precondition
            | Self::ObjectLock
            | Self::Interrupted
            | Self::Io
            | Self::Internal => 1,
            Self::Usage | Self::Configuration | Self::InvalidSet => 2,
            Self::Mismatch => 4,
            Self::RunnerLock => 5,
            Self::Hazard | Self::Declined => 6,
        }
    }
}

/// What a database server said about an error, beyond its message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerMessage {
    /// The five-character SQLSTATE, or `SQLite`'s extended result code by name.
    pub code: Option<String>,
    /// The server's DETAIL.
    pub detail: Option<String>,
    /// The server's HINT.
    pub hint: Option<String>,
    /// The server's CONTEXT, such as the PL/pgSQL call stack.
    pub context: Option<String>,
    /// Who held the lock that was not had, as far as that was seen.
    pub blockers: Vec<Blocker>,
}

/// One object that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// The kind of object, in the catalog's word.
    pub kind: &'static str,
    /// Its name.
    pub object: String,
    /// What became of it: `missing`, `unexpected`, `altered`, `minor` or `not_comparable`.
    pub change: &'static str,
    /// Its definition as it should be.
    pub expected: Option<String>,
    /// Its definition as it is.
    pub actual: Option<String>,
}

/// One failure, complete: what happened, where, what the server said, what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Decides the exit code and the word in JSON.
    pub kind: ProblemKind,
    /// What happened, as a fact, without a final full stop.
    pub message: String,
    /// The file, and the place in it.
    pub place: Option<Excerpt>,
    /// The server's own words.
    pub server: ServerMessage,
    /// A unified diff, where two texts differ.
    pub diff: Option<String>,
    /// The objects that are not as they should be.
    pub drift: Vec<Drift>,
    /// Facts that help to judge it, one a line: what stands, who blocks.
    pub notes: Vec<String>,
    /// What to do next, one a line.
    pub hints: Vec<String>,
}

impl Problem {
    /// A problem with nothing but its kind and message.
    pub fn new(kind: ProblemKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            place: None,
            server: ServerMessage::default(),
            diff: None,
            drift: Vec::new(),
            notes: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// Adds where it happened.
    #[must_use]
    pub fn at(mut self, place: Excerpt) -> Self {
        self.place = Some(place);
        self
    }

    /// Adds a fact that helps to judge it.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

/// An error that can say everything a user needs.
pub trait Diagnose: std::error::Error {
    /// The error as data to be shown.
    fn problem(&self) -> Problem;
}
