//! Which of the statements that read a catalog the server has prepared for the session.

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// What the names of the statements begin with.
pub(super) const PREFIX: &str = "turnback_catalog_";

/// What is prepared by now. There are two kinds of statements: those for all schemas, and those for
/// the ones that they are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Prepared {
    /// Part of the names, so that none meets one of which it is not known whether it is there.
    generation: u32,
    of_all: bool,
    of_some: bool,
}

impl Prepared {
    /// None of them, as far as is known.
    pub(super) fn forgotten(self) -> Self {
        Self { generation: self.generation.wrapping_add(1), ..Self::default() }
    }

    /// What the names of one kind begin with, and whether they are there. Whoever asks prepares them.
    pub(super) fn take(&mut self, of_all: bool) -> (String, bool) {
        let (kind, is_there) =
            if of_all { ("all", &mut self.of_all) } else { ("of", &mut self.of_some) };
        let names = format!("{PREFIX}{}_{kind}", self.generation);
        (names, std::mem::replace(is_there, true))
    }
}

/// Whether a statement is not there: a script may remove all there are.
pub(super) fn is_missing(error: &Error) -> bool {
    error.code() == Some(&SqlState::INVALID_SQL_STATEMENT_NAME)
}
