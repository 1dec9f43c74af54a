//! The kinds of objects a catalog holds.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What an object is. The order is the one a reader expects: what others are made of comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What holds for the database as a whole: `SQLite`'s pragmas.
    Database,
    /// A schema.
    Schema,
    /// An extension; what belongs to it is not listed.
    Extension,
    /// An enum, domain, composite or range type.
    Type,
    /// A sequence.
    Sequence,
    /// A table, partitioned ones included.
    Table,
    /// A foreign table.
    ForeignTable,
    /// A column of a table, a view or a foreign table.
    Column,
    /// A constraint of a table or a domain.
    Constraint,
    /// An index.
    Index,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A function, its arguments being part of its name.
    Function,
    /// A procedure.
    Procedure,
    /// An aggregate.
    Aggregate,
    /// A trigger.
    Trigger,
    /// A rewrite rule.
    Rule,
    /// A row-level security policy.
    Policy,
    /// Extended statistics.
    Statistics,
    /// Privileges that objects get when they are made.
    DefaultPrivileges,
    /// An event trigger.
    EventTrigger,
    /// A publication.
    Publication,
}

impl Kind {
    /// Every kind, in order.
    pub const ALL: [Self; 22] = [
        Self::Database,
        Self::Schema,
        Self::Extension,
        Self::Type,
        Self::Sequence,
        Self::Table,
        Self::ForeignTable,
        Self::Column,
        Self::Constraint,
        Self::Index,
        Self::View,
        Self::MaterializedView,
        Self::Function,
        Self::Procedure,
        Self::Aggregate,
        Self::Trigger,
        Self::Rule,
        Self::Policy,
        Self::Statistics,
        Self::DefaultPrivileges,
        Self::EventTrigger,
        Self::Publication,
    ];

    /// The word in JSON, and in the answers of the queries that read a catalog.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Schema => "schema",
            Self::Extension => "extension",
            Self::Type => "type",
            Self::Sequence => "sequence",
            Self::Table => "table",
            Self::ForeignTable => "foreign_table",
            Self::Column => "column",
            Self::Constraint => "constraint",
            Self::Index => "index",
            Self::View => "view",
            Self::MaterializedView => "materialized_view",
            Self::Function => "function",
            Self::Procedure => "procedure",
            Self::Aggregate => "aggregate",
            Self::Trigger => "trigger",
            Self::Rule => "rule",
            Self::Policy => "policy",
            Self::Statistics => "statistics",
            Self::DefaultPrivileges => "default_privileges",
            Self::EventTrigger => "event_trigger",
            Self::Publication => "publication",
        }
    }

    /// The kind a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word().replace('_', " "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_word_and_all_stand_in_order() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_word(kind.word()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
        }
        assert!(Kind::ALL.is_sorted());
    }
}
