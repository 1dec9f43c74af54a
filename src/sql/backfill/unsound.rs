//! Why a statement cannot run in batches.

use crate::model::ObjectName;

/// Why a statement cannot run in batches.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsound {
    /// An UPDATE of all rows.
    #[error("this UPDATE has no WHERE: nothing tells which rows are still to be done")]
    NoCondition,
    /// An UPDATE with a condition such as `true`.
    #[error(
        "this condition is the same for every row: it does not tell which are still to be done"
    )]
    Constant,
    /// `WHERE CURRENT OF`.
    #[error("`WHERE CURRENT OF` means one row, and a cursor that no batch has")]
    CurrentOf,
    /// `FOR PORTION OF`.
    #[error("`FOR PORTION OF` makes new rows of old ones, which later batches would meet again")]
    PortionOf,
    /// The table is read besides being changed.
    #[error(
        "`{0}` is read here while its batches change it: later ones would see what earlier ones did"
    )]
    ReadsItself(ObjectName),
    /// An INSERT, UPDATE, DELETE or MERGE within the statement.
    #[error("this query within the statement changes data, and would do so again with every batch")]
    ChangesWithin,
    /// `RETURNING`.
    #[error("`RETURNING` gives rows that nobody reads")]
    Returning,
    /// `LIMIT` or `ORDER BY` of the statement itself.
    #[error("`{0}` chooses among all rows, and a batch has only some of them")]
    Limited(&'static str),
    /// `UPDATE OR REPLACE` and the like.
    #[error(
        "`OR {0}` lets rows that conflict decide what happens, and those may be in other batches"
    )]
    Conflict(String),
    /// `INDEXED BY` or `NOT INDEXED`.
    #[error("`{0}` forbids to find the rows of a batch by the table's key")]
    Indexed(&'static str),
    /// The text is not what an UPDATE or DELETE is made of.
    #[error("expected {0} here: this statement cannot be taken apart")]
    Unreadable(&'static str),
}

impl Unsound {
    /// What would be right.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoCondition => {
                "add a WHERE that no longer holds for a row once it was changed, such as `WHERE c IS NULL`"
            }
            Self::Constant => {
                "write a condition that no longer holds for a row once it was changed, such as `c IS NULL`"
            }
            Self::CurrentOf => "write a condition on the rows' columns",
            Self::PortionOf => {
                "remove `-- turnback:backfill`: the statement then runs in one piece"
            }
            Self::ReadsItself(_) => {
                "gather what is to be read in a table of its own before, or remove `-- turnback:backfill`"
            }
            Self::ChangesWithin => "make it a statement of its own, before or behind this one",
            Self::Returning | Self::Indexed(_) => "remove it",
            Self::Limited(_) => {
                "remove it: the statement runs in batches anyway; choose rows by a condition"
            }
            Self::Conflict(_) => {
                "remove it, and leave out by the condition what would conflict, or remove `-- turnback:backfill`"
            }
            Self::Unreadable(_) => "check the statement up to here",
        }
    }

    pub(super) fn at(self, at: usize) -> Fault {
        Fault { reason: self, at }
    }
}

/// A reason and the byte of the script's text that gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sql) struct Fault {
    pub reason: Unsound,
    pub at: usize,
}
