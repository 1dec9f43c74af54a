//! What can go wrong with a database.

use crate::catalog::RecordError;
use crate::model::{Blocker, Diagnose, Problem, ProblemKind, ServerMessage};

use super::postgres::ConnectError;

/// Why a database verb failed.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The database could not be opened.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A `SQLite` file could not be opened.
    #[error("cannot open {url}: {reason}")]
    Open {
        /// The database.
        url: String,
        /// What `SQLite` said.
        reason: String,
    },
    /// The server refused a statement.
    #[error("{message}")]
    Statement {
        /// The server's message.
        message: String,
        /// The rest of what it said.
        server: Box<ServerMessage>,
        /// Where: in the script that ran, or in none of the user's text.
        position: Position,
    },
    /// The connection broke.
    #[error("the connection to {url} was lost: {reason}")]
    ConnectionLost {
        /// The database.
        url: String,
        /// What was seen of it.
        reason: String,
        /// Whether the commit was under way, so that its outcome is not known.
        committing: bool,
    },
    /// The user or the system asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// The ledger was made by a newer program.
    #[error("the ledger has format {found}; this turnback knows format {known}")]
    NewerLedger {
        /// The ledger's format.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// A pooler stands between, and session locks mean nothing behind it.
    #[error(
        "a connection pooler stands between turnback and the server: the connection was opened as \
         process {startup_pid} and is served by process {backend_pid}"
    )]
    Pooler {
        /// The process the start-up message named.
        startup_pid: i32,
        /// The process that answered.
        backend_pid: i32,
    },
    /// The role may not make the tables turnback keeps its record in.
    #[error("turnback cannot make the tables of its record: {reason}")]
    NoLedger {
        /// What the server said.
        reason: String,
        /// The rest of it.
        server: Box<ServerMessage>,
    },
    /// The schema to install into does not exist.
    #[error("schema \"{schema}\" does not exist in database {database}")]
    NoSuchSchema {
        /// The schema.
        schema: String,
        /// The database.
        database: String,
    },
    /// The session's `search_path` names no schema that exists.
    #[error("there is no schema to install into: the session's search_path names none that exists")]
    NoCreationSchema,
    /// The server is too old for the set.
    #[error("the set needs {engine} {needed} or later; the server is {found}")]
    TooOld {
        /// The engine's name.
        engine: &'static str,
        /// The oldest version that will do.
        needed: String,
        /// The server's.
        found: String,
    },
    /// Another runner took over.
    #[error("another runner has taken over; this one stopped before it changed anything more")]
    Fenced,
    /// Rows would be left without their parents.
    #[error("the script leaves {count} {} without the row their foreign key names", rows(*.count))]
    ForeignKeys {
        /// How many.
        count: usize,
        /// Some of them: table, row, referenced table.
        examples: Vec<String>,
    },
    /// The comparison of catalogs kept the step from being committed.
    #[error("the catalogs do not agree; the transaction was rolled back")]
    Withheld,
    /// What the script touches was found out too late to be saved; the next time it is known.
    #[error("the transaction must begin anew: it is known only now what it touches")]
    Anew,
    /// What is to be saved does not fit on the disk.
    #[error("{} are to be saved, and {} are free", humane(*.needed), humane(*.free))]
    NoRoom {
        /// About how many bytes the copies take.
        needed: u64,
        /// How many are free.
        free: u64,
    },
    /// A catalog on record cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The operating system refused a file.
    #[error("{action}: {error}")]
    Io {
        /// What was tried.
        action: String,
        /// What it said.
        error: std::io::Error,
    },
    /// Something turnback itself relies on was not so.
    #[error("{0}")]
    Unexpected(String),
}

fn rows(count: usize) -> &'static str {
    if count == 1 { "row" } else { "rows" }
}

/// Where in the script the server's error belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// The byte offset in the text that was sent.
    Offset(usize),
    /// The statement, counted from 0 in the text that was sent.
    Statement(usize),
    /// Not in the user's text.
    Unknown,
}

impl DatabaseError {
    /// The SQLSTATE, or `SQLite`'s result code by name.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Statement { server, .. } => server.code.as_deref(),
            _ => None,
        }
    }

    /// Who held the lock that was not had in time, as far as that was seen.
    pub fn blockers(&self) -> &[Blocker] {
        match self {
            Self::Statement { server, .. } => &server.blockers,
            _ => &[],
        }
    }

    /// Adds who held the lock, where that was seen before.
    pub(crate) fn name_blockers(&mut self, blockers: &[Blocker]) {
        if let Self::Statement { server, .. } = self {
            server.blockers = blockers.to_vec();
        }
    }

    /// Whether a lock on an object was not obtained in time, or a deadlock was broken: the two
    /// cases in which the transaction may be tried again as it is.
    pub fn is_lock_conflict(&self) -> bool {
        // lock_not_available, deadlock_detected (PostgreSQL, appendix A); SQLite's "busy" codes.
        self.code().is_some_and(|code| {
            matches!(code, "55P03" | "40P01")
                || code.starts_with("SQLITE_BUSY")
                || code == "SQLITE_LOCKED"
        })
    }
}

impl Diagnose for DatabaseError {
    fn problem(&self) -> Problem {
        let plain = |kind| Problem::new(kind, self.to_string());
        match self {
            Self::Connect(error) => error.problem(),
            Self::Open { .. } => plain(ProblemKind::Connection)
                .hint("check that the directory exists and may be written to, and that the file is a SQLite database"),
            Self::Statement { server, .. } => {
                let kind = match self.code() {
                    _ if self.is_lock_conflict() => ProblemKind::ObjectLock,
                    Some("42501" | "SQLITE_READONLY" | "SQLITE_PERM") => ProblemKind::Permission,
                    _ => ProblemKind::Sql,
                };
                let problem = Problem { server: (**server).clone(), ..plain(kind) };
                let held = |it: &Blocker| format!("the lock is held by {it}");
                let problem = server.blockers.iter().map(held).fold(problem, Problem::note);
                let problem = statement_hints(problem);
                let end = |it: &Blocker| format!("to end it, where it may be ended: {}", it.ending());
                server.blockers.iter().map(end).fold(problem, Problem::hint)
            }
            Self::ConnectionLost { committing, .. } => {
                let problem = plain(ProblemKind::Connection);
                if *committing {
                    problem
                        .note("it broke while the transaction was being committed, so the server alone knows whether it was")
                        .hint("run `turnback status`, then the same command again: what was committed is not done twice")
                } else {
                    problem
                        .note("the server rolls the open transaction back")
                        .hint("run the same command again; it continues where this one stopped")
                }
            }
            Self::Interrupted => plain(ProblemKind::Interrupted)
                .hint("run the same command again; it continues where this one stopped"),
            Self::NewerLedger { .. } => plain(ProblemKind::Precondition)
                .hint("use the turnback that wrote it, or a newer one"),
            Self::Pooler { .. } => plain(ProblemKind::Precondition)
                .note("in transaction mode a pooler gives each transaction another server process, so a lock taken for the session protects nothing and settings leak to strangers")
                .hint("connect to the server itself, past the pooler"),
            Self::NoLedger { server, .. } => Problem {
                server: (**server).clone(),
                ..plain(ProblemKind::Permission)
            }
            .hint("an administrator can make its schema once: CREATE SCHEMA turnback AUTHORIZATION <role>;")
            .hint("the role also needs CREATE on the schema the set is installed into"),
            Self::NoSuchSchema { schema, .. } => plain(ProblemKind::Precondition)
                .hint(format!("create it: CREATE SCHEMA {};", crate::sql::quote_identifier(schema))),
            Self::NoCreationSchema => plain(ProblemKind::Precondition)
                .hint("name one with --schema, or set the role's search_path"),
            Self::TooOld { .. } => plain(ProblemKind::Precondition),
            Self::Fenced => plain(ProblemKind::RunnerLock)
                .hint("run `turnback status` to see what stands"),
            Self::ForeignKeys { examples, .. } => Problem {
                notes: examples.clone(),
                ..plain(ProblemKind::Precondition)
            }
            .hint("the transaction was rolled back; make the script move or delete those rows too"),
            Self::Withheld => plain(ProblemKind::Mismatch),
            Self::NoRoom { .. } => plain(ProblemKind::Precondition)
                .hint("make room: `turnback backup prune --older-than 30d --dry-run` shows what can go")
                .hint("or run it with --no-backup, and what it destroys is lost for good"),
            Self::Record(error) => error.problem(),
            Self::Io { .. } => plain(ProblemKind::Io)
                .hint("check that the directory exists and may be written to"),
            Self::Unexpected(_) | Self::Anew => plain(ProblemKind::Internal),
        }
    }
}

fn statement_hints(problem: Problem) -> Problem {
    match problem.server.code.as_deref() {
        // read_only_sql_transaction
        Some("25006") => problem
            .hint("the server takes no writes; connect to the primary, or lift its default_transaction_read_only"),
        Some("53100") => problem
            .hint("free space on the server's disk and run the same command again"),
        Some("42501") => problem.hint("grant the missing privilege, or connect as the owner"),
        Some("55P03" | "40P01") => problem
            .hint("another transaction holds the lock; try again when it has ended, or give more time with --ddl-lock-timeout"),
        Some(code) if code.starts_with("SQLITE_BUSY") => problem
            .hint("another program writes to the database; try again when it is done, or give more time with --ddl-lock-timeout"),
        _ => problem,
    }
}

/// Bytes in mebibytes, rounded up.
fn humane(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}
