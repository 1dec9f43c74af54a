//! What can be wrong with a set.

use std::io;

use super::file_name::Misnamed;
use crate::model::{Diagnose, Excerpt, Problem, ProblemKind, Version};

/// One file that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {kind}")]
pub struct FileFault {
    /// The file's name.
    pub file: String,
    /// What is wrong with it.
    pub kind: FileFaultKind,
}

/// What is wrong with a file of a set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileFaultKind {
    /// The name is not a migration's.
    #[error("misnamed: {0}")]
    Misnamed(Misnamed),
    /// Another file has the version already.
    #[error("version {version} is taken by {other}")]
    DuplicateVersion {
        /// The version.
        version: Version,
        /// The file that has it.
        other: String,
    },
    /// The migration has no rollback.
    #[error("has no rollback; {expected} does not exist")]
    MissingRollback {
        /// The file that should be there.
        expected: String,
    },
    /// The rollback has no migration.
    #[error("is a rollback without a migration; {expected} does not exist")]
    OrphanRollback {
        /// The file that should be there.
        expected: String,
    },
    /// The fixture belongs to a version the set does not have.
    #[error("is a fixture for version {version}, which the set does not have")]
    OrphanFixture {
        /// The version.
        version: Version,
    },
    /// The bytes are not UTF-8.
    #[error("is not UTF-8: byte {offset} is invalid")]
    NotUtf8 {
        /// The offset of the first bad byte, from 0.
        offset: usize,
    },
    /// The operating system refused to read it.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// Nothing in it, or white space only.
    #[error("is empty")]
    Empty,
    /// It lies in a directory below, where it would never be found.
    #[error("lies in a sub-directory; a set is one flat directory")]
    Nested,
    /// `set.toml` cannot be read.
    #[error("{0}")]
    Manifest(String),
}

/// Why a set cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// Files that are wrong.
    #[error("{}", headline(.0))]
    Files(Vec<FileFault>),
    /// No bundled set has that name.
    #[error("there is no set named `{name}`")]
    Unknown {
        /// The name.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// A directory is not there.
    #[error("the directory {0} does not exist")]
    NoDirectory(String),
    /// A directory without a migration.
    #[error("{directory} holds no migrations")]
    NoMigrations {
        /// The directory.
        directory: String,
        /// Directories below it that do.
        below: Vec<String>,
    },
    /// A file that scaffolding would overwrite.
    #[error("{0} exists already; nothing was written")]
    Exists(String),
    /// A name for a new migration that cannot be one.
    #[error("`{0}` cannot be a migration's name")]
    BadName(String),
    /// The operating system refused.
    #[error("{action} {path}: {error}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which path.
        path: String,
        /// What the system said.
        error: io::Error,
    },
}

fn headline(faults: &[FileFault]) -> String {
    match faults {
        [only] => only.to_string(),
        many => format!("{} files of the set are wrong", many.len()),
    }
}

impl FileFaultKind {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Misnamed(_) => "rename the file, or move it out of the set's directory",
            Self::DuplicateVersion { .. } => "give one of them another version",
            Self::MissingRollback { .. } => {
                "write the rollback; where there is nothing to undo, a comment saying so is enough"
            }
            Self::OrphanRollback { .. } => "name it like the migration it undoes, or remove it",
            Self::OrphanFixture { .. } => "name it like the migration it runs after, or before.sql",
            Self::NotUtf8 { .. } => "save the file as UTF-8",
            Self::Unreadable(_) => "check the path, and who may read it",
            Self::Empty => "write its SQL; a rollback with nothing to undo says so in a comment",
            Self::Nested => "move it up, or point --migrations-dir at that directory",
            Self::Manifest(_) => {
                "set.toml has name, engine (postgresql or sqlite), summary and minimum_server"
            }
        }
    }
}

impl Diagnose for SetError {
    fn problem(&self) -> Problem {
        let problem = Problem::new(ProblemKind::InvalidSet, self.to_string());
        match self {
            Self::Files(faults) => match faults.as_slice() {
                [only] => problem.at(Excerpt::of_file(&only.file)).hint(only.kind.hint()),
                many => {
                    let mut hints: Vec<String> =
                        many.iter().map(|fault| fault.kind.hint().to_owned()).collect();
                    hints.dedup();
                    Problem {
                        notes: many.iter().map(ToString::to_string).collect(),
                        hints,
                        ..problem
                    }
                }
            },
            Self::Unknown { known, .. } => Problem { kind: ProblemKind::Usage, ..problem }
                .hint(format!("bundled sets: {}", known.join(", ")))
                .hint("for your own files use --migrations-dir and --rollbacks-dir"),
            Self::NoDirectory(_) => problem
                .hint("`turnback init` makes migrations/ and rollbacks/ here")
                .hint("--migrations-dir and --rollbacks-dir name other directories"),
            Self::NoMigrations { below, .. } => below.iter().fold(
                problem.hint("`turnback new <name>` makes the first migration"),
                |problem, directory| {
                    problem.hint(format!(
                        "there are some in {directory}: --migrations-dir {directory}"
                    ))
                },
            ),
            Self::BadName(_) => Problem { kind: ProblemKind::Usage, ..problem }
                .hint("use letters, digits and underscores, such as add_last_seen"),
            Self::Exists(_) => Problem { kind: ProblemKind::Io, ..problem }
                .hint("choose another version, name or directory, or move the file away"),
            Self::Io { .. } => Problem { kind: ProblemKind::Io, ..problem },
        }
    }
}
