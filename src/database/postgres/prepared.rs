//! Which of turnback's own queries the server has prepared for the session.

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// What the names of the statements begin with.
pub(super) const PREFIX: &str = "turnback_own_";

/// Queries that are asked step by step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Query {
    /// Those that read a catalog of all schemas.
    WholeCatalog,
    /// Those that read one of the schemas they are given.
    Catalog,
    /// Which tables a script can touch.
    Numbers,
    /// What all tables are like.
    AllShapes,
    /// What those of some numbers are like.
    Shapes,
}

/// What is prepared by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Prepared {
    /// Part of the names, so that none meets one of which it is not known whether it is there.
    generation: u32,
    /// A bit for each query.
    there: u8,
}

/// A query, as it is called on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// The statement's name, or what the names of several begin with.
    pub statement: String,
    /// Whether it was prepared before. Otherwise whoever asks prepares it.
    pub is_there: bool,
    generation: u32,
    query: Query,
}

impl Query {
    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Prepared {
    /// None of them, as far as is known.
    pub(super) fn forgotten(self) -> Self {
        Self { generation: self.generation.wrapping_add(1), there: 0 }
    }

    /// How a query is called.
    pub(super) fn name(self, query: Query) -> Name {
        let word = match query {
            Query::WholeCatalog => "all",
            Query::Catalog => "of",
            Query::Numbers => "numbers",
            Query::AllShapes => "shapes_all",
            Query::Shapes => "shapes",
        };
        Name {
            statement: format!("{PREFIX}{}_{word}", self.generation),
            is_there: self.there & query.bit() != 0,
            generation: self.generation,
            query,
        }
    }

    /// The same, once a query was asked by its name, and so prepared.
    pub(super) fn with(self, asked: &Name) -> Self {
        if asked.generation != self.generation {
            return self;
        }
        Self { there: self.there | asked.query.bit(), ..self }
    }
}

/// Whether a statement is not there: a script may remove all there are.
pub(super) fn is_missing(error: &Error) -> bool {
    error.code() == Some(&SqlState::INVALID_SQL_STATEMENT_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_is_there_until_it_is_forgotten() {
        let nothing = Prepared::default();
        let asked = nothing.name(Query::Shapes);
        assert!(!asked.is_there);
        let prepared = nothing.with(&asked);
        assert!(prepared.name(Query::Shapes).is_there);
        assert_eq!(prepared.name(Query::Shapes).statement, asked.statement);
        for other in [Query::WholeCatalog, Query::Catalog, Query::Numbers, Query::AllShapes] {
            assert!(!prepared.name(other).is_there, "{other:?}");
            assert_ne!(prepared.name(other).statement, asked.statement);
        }
        let forgotten = prepared.forgotten();
        assert!(!forgotten.name(Query::Shapes).is_there);
        assert_ne!(forgotten.name(Query::Shapes).statement, asked.statement);
        // What was on its way meanwhile says nothing of those by newer names.
        assert_eq!(forgotten.with(&asked), forgotten);
    }
}
