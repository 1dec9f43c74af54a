//! The parts of a statement that runs in batches.

use std::ops::Range;

use crate::model::ObjectName;

/// The parts of an UPDATE or DELETE that runs in batches, as bytes of the script's text. None of
/// them starts or ends with a space or a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backfill {
    /// The table, as written.
    pub table: ObjectName,
    /// Whether `ONLY` was written: the rows of tables that inherit from it stay as they are.
    pub only: bool,
    /// Whether rows go, rather than get new values.
    pub deletes: bool,
    /// The `WITH …` before the statement.
    pub with: Option<Range<usize>>,
    /// What stands for the table behind `UPDATE` or `DELETE FROM`: `ONLY`, its name, `*`, its alias.
    pub target: Range<usize>,
    /// The name under which the statement speaks of the table, where it was given one.
    pub alias: Option<String>,
    /// What stands behind `SET`.
    pub assignments: Option<Range<usize>>,
    /// The columns that get new values. Each is named once.
    pub columns: Vec<String>,
    /// What stands behind the `FROM` of an UPDATE or the `USING` of a DELETE.
    pub others: Option<Range<usize>>,
    /// What stands behind `WHERE`.
    pub condition: Option<Range<usize>>,
    /// The columns of a key in whose order rows are to be taken; none where it is left to the engine.
    pub order: Vec<String>,
}

/// The parts that are found in the text.
pub(super) struct Parts {
    pub with: Option<Range<usize>>,
    pub target: Range<usize>,
    pub alias: Option<String>,
    pub assignments: Option<Range<usize>>,
    pub others: Option<Range<usize>>,
    pub condition: Option<Range<usize>>,
}
