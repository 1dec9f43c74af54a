//! Why there is no throwaway database.

use std::io;
use std::path::PathBuf;

use crate::database::DatabaseError;
use crate::model::{Diagnose, Problem, ProblemKind};

/// Why a throwaway database could not be had.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    /// No server is installed, and none was fetched.
    #[error("there is no PostgreSQL server to rehearse on: none is installed, and {fetch}")]
    NoServer {
        /// Where one was looked for.
        places: Vec<String>,
        /// Why none was fetched.
        fetch: FetchRefusal,
    },
    /// Fetching a server failed.
    #[error("fetching {package} failed: {reason}")]
    Fetch {
        /// The package.
        package: String,
        /// What `npm` or `tar` said.
        reason: String,
    },
    /// What was fetched is not what turnback was made for.
    #[error("{package} is not what it should be, and was thrown away")]
    Digest {
        /// The package.
        package: String,
        /// Its SHA-512 as it should be, in base64.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A new server's files could not be made.
    #[error("initdb in {} failed", bin.display())]
    Initialise {
        /// The directory of the program.
        bin: PathBuf,
        /// What it said.
        said: String,
    },
    /// The temporary server did not start.
    #[error("the temporary PostgreSQL server did not start")]
    Start {
        /// What it wrote to its log.
        log: String,
    },
    /// The schema of the live database could not be read.
    #[error("pg_dump could not read the schema of the database")]
    Dump {
        /// What it said.
        said: String,
    },
    /// The schema of the live database could not be made anew.
    #[error("pg_restore could not make the schema of the database on the scratch server")]
    Restore {
        /// What it said.
        said: String,
    },
    /// `same-server`, where the command works on no `PostgreSQL` server.
    #[error("--scratch same-server needs a PostgreSQL server, and the command works on none")]
    NoLiveServer,
    /// The role may not make databases there.
    #[error("{url} is no place for scratch databases: {reason}")]
    MayNotCreate {
        /// The server.
        url: String,
        /// What it said.
        reason: String,
    },
    /// The operating system refused something.
    #[error("{action}: {error}")]
    Io {
        /// What was tried.
        action: String,
        /// What it said.
        error: io::Error,
    },
    /// The user or the system asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// The server refused something else.
    #[error(transparent)]
    Database(DatabaseError),
}

/// Why no server was fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchRefusal {
    /// `--offline`.
    #[error("--offline forbids fetching one")]
    Offline,
    /// Nothing is published for this machine.
    #[error("there is none to fetch for this machine")]
    Platform,
    /// A program that fetching takes is missing.
    #[error("fetching one takes {0}, which is not installed")]
    NoProgram(&'static str),
    /// There is no directory to keep it in.
    #[error(
        "there is no directory to keep a fetched one in: neither XDG_CACHE_HOME nor HOME is set"
    )]
    NoCache,
}

impl ScratchError {
    pub(super) fn io(action: impl Into<String>, error: io::Error) -> Self {
        Self::Io { action: action.into(), error }
    }
}

impl From<DatabaseError> for ScratchError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Interrupted => Self::Interrupted,
            error => Self::Database(error),
        }
    }
}

/// The ways out, where the default is none.
const WAYS_OUT: [&str; 2] = [
    "install PostgreSQL: apt-get install postgresql, or brew install postgresql",
    "--scratch postgres://… names a server where databases may be made, --scratch same-server the \
     one of -D",
];

impl Diagnose for ScratchError {
    fn problem(&self) -> Problem {
        let plain = |kind| Problem::new(kind, self.to_string());
        match self {
            Self::NoServer { places, fetch } => {
                let mut problem = plain(ProblemKind::Precondition)
                    .note(format!("looked in {}", places.join(", ")));
                problem.hints = WAYS_OUT.map(str::to_owned).into();
                match fetch {
                    FetchRefusal::Offline => {
                        problem.hint("without --offline one is fetched with npm, once, 24 MB")
                    }
                    FetchRefusal::NoProgram(name) => {
                        problem.hint(format!("install {name}, and a server is fetched with npm"))
                    }
                    FetchRefusal::Platform | FetchRefusal::NoCache => problem,
                }
            }
            Self::Fetch { .. } => {
                let mut problem = plain(ProblemKind::Io);
                problem.hints = WAYS_OUT.map(str::to_owned).into();
                problem
            }
            Self::Digest { expected, found, .. } => plain(ProblemKind::Precondition)
                .note(format!("its SHA-512 should be {expected}"))
                .note(format!("it is {found}"))
                .hint("something between the registry and here changed it: do not use it elsewhere either")
                .hint(WAYS_OUT[0]),
            Self::Initialise { said: output, .. } | Self::Start { log: output } => {
                let mut problem = plain(ProblemKind::Io);
                problem.notes = output.lines().map(str::to_owned).collect();
                problem.hint(WAYS_OUT[1])
            }
            Self::Dump { said } => {
                let mut problem = plain(ProblemKind::Precondition);
                problem.notes = said.lines().map(str::to_owned).collect();
                problem.hint("the role must be able to read the schema, and no table may stay locked")
            }
            Self::Restore { said } => {
                let mut problem = plain(ProblemKind::Io);
                problem.notes = said.lines().map(str::to_owned).collect();
                problem.hint("--scratch names another server, or same-server the one of -D")
            }
            Self::NoLiveServer => plain(ProblemKind::Usage)
                .hint("-D names the server, or --scratch another one"),
            Self::MayNotCreate { .. } => plain(ProblemKind::Permission)
                .hint("give the role the right: ALTER ROLE … CREATEDB")
                .hint("without --scratch a temporary server is used"),
            Self::Io { .. } => plain(ProblemKind::Io),
            Self::Interrupted => plain(ProblemKind::Interrupted),
            Self::Database(error) => error.problem(),
        }
    }
}
