//! Which of the queries that read a catalog the session has prepared.

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::queries;
use crate::catalog::Scope;

/// What the names of the statements begin with.
pub(in crate::database::postgres) const PREFIX: &str = "turnback_catalog_";

/// Which statements the server has by now. There are two kinds: those for all schemas, and those for
/// the ones that they are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::database::postgres) struct Prepared {
    /// Part of their names, so that none meets one of which it is not known whether it is there.
    generation: u32,
    of_all: bool,
    of_some: bool,
}

impl Prepared {
    /// None of them, as far as is known.
    pub(in crate::database::postgres) fn forgotten(self) -> Self {
        Self { generation: self.generation.wrapping_add(1), ..Self::default() }
    }

    /// The queries for a scope; once they have run, what they need is prepared.
    pub(super) fn executes(&mut self, scope: &Scope, major: u32) -> String {
        let (kind, is_there) = if scope.schemas.is_empty() {
            ("all", &mut self.of_all)
        } else {
            ("of", &mut self.of_some)
        };
        let names = format!("{PREFIX}{}_{kind}", self.generation);
        queries::executes(scope, major, &names, std::mem::replace(is_there, true))
    }
}

/// Whether a statement is not there: a script may remove all there are.
pub(in crate::database::postgres) fn is_missing(error: &Error) -> bool {
    error.code() == Some(&SqlState::INVALID_SQL_STATEMENT_NAME)
}
