//! Why a script cannot be used, with the place and the way out.

use super::backfill::Unsound;
use crate::model::{Diagnose, Excerpt, LineColumn, Problem, ProblemKind};

/// Why a script cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// More text than a server takes in one piece.
    #[error("the script is larger than 1 GiB")]
    TooLarge {
        /// The file.
        place: Box<Excerpt>,
    },
    /// A NUL, which no SQL text can hold.
    #[error("the script holds a NUL character")]
    NulCharacter {
        /// Where it stands.
        place: Box<Excerpt>,
    },
    /// The text is no SQL, or none that is understood.
    #[error("syntax error: {message}")]
    Syntax {
        /// The parser's own words.
        message: String,
        /// Where the parser stopped.
        place: Box<Excerpt>,
        /// Whether `allow unparsed` can lead past it.
        can_be_allowed: bool,
    },
    /// Nesting that would exhaust the parser's stack, and the server's.
    #[error("the statement is nested too deeply to be read")]
    TooDeep {
        /// Where the limit is passed.
        place: Box<Excerpt>,
    },
    /// A command of psql, such as `\connect`.
    #[error("`{command}` is a psql command, not SQL")]
    PsqlCommand {
        /// The command as written.
        command: String,
        /// Where it stands.
        place: Box<Excerpt>,
    },
    /// A command of the sqlite3 shell, such as `.read`.
    #[error("`{command}` is a command of the sqlite3 shell, not SQL")]
    ShellCommand {
        /// The command as written.
        command: String,
        /// Where it stands.
        place: Box<Excerpt>,
    },
    /// A trigger's body that never ends.
    #[error("this CREATE TRIGGER has no `END;`")]
    UnfinishedTrigger {
        /// Where the statement starts.
        place: Box<Excerpt>,
    },
    /// A statement that begins or ends a transaction.
    #[error("{statement} is not for a script: turnback begins and ends the transaction")]
    TransactionControl {
        /// The statement's words.
        statement: &'static str,
        /// Where it stands.
        place: Box<Excerpt>,
    },
    /// A savepoint where there is no transaction.
    #[error("{statement} needs a transaction, and this script runs without one")]
    SavepointWithoutTransaction {
        /// The statement's words.
        statement: &'static str,
        /// Where it stands.
        place: Box<Excerpt>,
    },
    /// `COPY` from or to the client.
    #[error("COPY {direction} needs a client that feeds or reads the data; a script has none")]
    CopyWithClient {
        /// `FROM STDIN` or `TO STDOUT`.
        direction: &'static str,
        /// Where the statement starts.
        place: Box<Excerpt>,
    },
    /// A statement that cannot run in a transaction, in a script that runs in one.
    #[error("`{statement}` cannot run inside a transaction")]
    NeedsNoTransaction {
        /// The statement in a few words.
        statement: String,
        /// Where it starts.
        place: Box<Excerpt>,
    },
    /// A concurrent build of an index whose name the server chooses.
    #[error("an index that is built concurrently needs a name")]
    UnnamedConcurrentIndex {
        /// Where the statement starts.
        place: Box<Excerpt>,
    },
    /// `PRAGMA foreign_keys` inside a transaction.
    #[error("PRAGMA foreign_keys does nothing inside a transaction")]
    ForeignKeysPragma {
        /// Where it stands.
        place: Box<Excerpt>,
    },
    /// A statement that cannot run in batches, below a `-- turnback:backfill`.
    #[error("{reason}")]
    Backfill {
        /// Why not.
        reason: Unsound,
        /// The offending words.
        place: Box<Excerpt>,
    },
    /// An `allow` that does not say why.
    #[error("{message}")]
    AllowWithoutReason {
        /// What was expected, and what stands there.
        message: String,
        /// The hazard it would accept.
        hazard: String,
        /// Where the reason should stand.
        place: Box<Excerpt>,
    },
    /// An `allow` of a hazard that does not exist.
    #[error("{message}")]
    UnknownHazard {
        /// What is wrong with the name.
        message: String,
        /// What would be right.
        hint: String,
        /// The name.
        place: Box<Excerpt>,
    },
    /// A directive that is misspelt, misplaced or incomplete.
    #[error("{message}")]
    Directive {
        /// What is wrong.
        message: String,
        /// What would be right.
        hints: Vec<String>,
        /// The offending word.
        place: Box<Excerpt>,
    },
}

impl ScriptError {
    fn place(&self) -> &Excerpt {
        match self {
            Self::TooLarge { place }
            | Self::NulCharacter { place }
            | Self::Syntax { place, .. }
            | Self::TooDeep { place }
            | Self::PsqlCommand { place, .. }
            | Self::ShellCommand { place, .. }
            | Self::UnfinishedTrigger { place }
            | Self::TransactionControl { place, .. }
            | Self::SavepointWithoutTransaction { place, .. }
            | Self::CopyWithClient { place, .. }
            | Self::NeedsNoTransaction { place, .. }
            | Self::UnnamedConcurrentIndex { place }
            | Self::ForeignKeysPragma { place }
            | Self::Backfill { place, .. }
            | Self::AllowWithoutReason { place, .. }
            | Self::UnknownHazard { place, .. }
            | Self::Directive { place, .. } => place,
        }
    }

    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::TooLarge { .. } => {
                "split it into several migrations, or load bulk data with COPY from a file on the server"
            }
            Self::NulCharacter { .. } => "save the file as UTF-8; a NUL often means UTF-16",
            Self::Syntax { can_be_allowed: true, .. } => {
                "if the server accepts this statement, put `-- turnback:allow unparsed -- <reason>` on the line above it"
            }
            Self::Syntax { can_be_allowed: false, .. } => {
                "check the quotes and comments up to here"
            }
            Self::TooDeep { .. } => {
                "split the expression, for instance with a common table expression"
            }
            Self::PsqlCommand { .. } => {
                "remove it: scripts are sent to the server, which knows only SQL"
            }
            Self::ShellCommand { .. } => {
                "remove it: scripts are run by SQLite itself, which knows only SQL"
            }
            Self::UnfinishedTrigger { .. } => "end the trigger's body with `END;`",
            Self::TransactionControl { .. } => {
                "remove it: the whole script runs in one transaction, or, with `-- turnback:transaction off` at its head, each statement by itself"
            }
            Self::SavepointWithoutTransaction { .. } => {
                "remove it, or remove `-- turnback:transaction off` and every `-- turnback:backfill`"
            }
            Self::CopyWithClient { .. } => {
                "write the rows as INSERT, or use COPY with a file or program on the server"
            }
            Self::NeedsNoTransaction { .. } => {
                "put `-- turnback:transaction off` at the head of the script: its statements then run, and are recorded, one by one"
            }
            Self::UnnamedConcurrentIndex { .. } => {
                "write CREATE INDEX CONCURRENTLY <name> ON …: by its name it is found again, valid or not, when the run is interrupted"
            }
            Self::ForeignKeysPragma { .. } => {
                "remove it: turnback switches foreign keys off around a migration, checks them before the commit, and restores them"
            }
            Self::Backfill { reason, .. } => reason.hint(),
            Self::AllowWithoutReason { hazard, .. } => {
                return vec![format!(
                    "write `-- turnback:allow {hazard} -- <why it is acceptable>`"
                )];
            }
            Self::UnknownHazard { hint, .. } => hint,
            Self::Directive { hints, .. } => return hints.clone(),
        };
        vec![hint.to_owned()]
    }
}

impl Diagnose for ScriptError {
    fn problem(&self) -> Problem {
        let mut problem =
            Problem::new(ProblemKind::InvalidSet, self.to_string()).at(self.place().clone());
        problem.hints = self.hints();
        problem
    }
}

/// The script an error may have to point into. Positions are asked for in ascending order almost
/// always, so the last one is remembered: a long script stays linear to read.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub file: &'a str,
    pub text: &'a str,
    known: std::cell::Cell<(usize, LineColumn)>,
}

impl<'a> Source<'a> {
    pub fn new(file: &'a str, text: &'a str) -> Self {
        let start = LineColumn { line: 1, column: 1 };
        Self { file, text, known: std::cell::Cell::new((0, start)) }
    }

    /// The position of a byte offset.
    pub fn at(&self, offset: usize) -> LineColumn {
        let offset = self.text.floor_char_boundary(offset.min(self.text.len()));
        let (known, mut at) = self.known.get();
        if offset < known {
            return LineColumn::of(self.text, offset);
        }
        let between = &self.text[known..offset];
        match between.rfind('\n') {
            Some(newline) => {
                at.line += between.bytes().filter(|byte| *byte == b'\n').count();
                at.column = between[newline + 1..].chars().count() + 1;
            }
            None => at.column += between.chars().count(),
        }
        self.known.set((offset, at));
        at
    }

    /// The place of a byte offset, with its line; boxed, as errors keep it.
    #[expect(clippy::unnecessary_box_returns, reason = "every error keeps its place in a box")]
    pub fn place(&self, offset: usize) -> Box<Excerpt> {
        let offset = self.text.floor_char_boundary(offset.min(self.text.len()));
        let start = self.text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
        let line = self.text[start..].lines().next().unwrap_or_default();
        Box::new(Excerpt {
            file: self.file.to_owned(),
            at: Some(self.at(offset)),
            line_text: Some(line.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembered_positions_equal_counted_ones() {
        let text = "a\r\nbé;\n\n  ü x\n";
        let source = Source::new("f", text);
        let forward = (0..=text.len()).filter(|at| text.is_char_boundary(*at));
        for offset in forward.clone().chain(forward.rev()) {
            assert_eq!(source.at(offset), LineColumn::of(text, offset), "{offset}");
            assert_eq!(*source.place(offset), Excerpt::of_offset("f", text, offset), "{offset}");
        }
    }
}
