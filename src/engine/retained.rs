//! What a retention rule concerns, and how following one can fail.

use crate::database::DatabaseError;
use crate::model::{Diagnose, Problem};
use crate::sets::RetentionRule;

/// A rule and the rows it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retained {
    /// The rule.
    pub rule: RetentionRule,
    /// How many rows: that would go, or that went.
    pub rows: u64,
}

/// A rule that could not be followed to its end, and what is gone.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct CleanupFailure {
    /// The rule.
    pub rule: RetentionRule,
    /// What was wrong.
    pub error: DatabaseError,
    /// What was deleted until then, this rule's rows among it.
    pub deleted: Vec<Retained>,
}

impl Diagnose for CleanupFailure {
    fn problem(&self) -> Problem {
        let gone: Vec<String> = self.deleted.iter().filter(|it| it.rows > 0).map(gone).collect();
        let gone = match &gone[..] {
            [] => "nothing was deleted".to_owned(),
            gone => format!("deleted, and gone: {}", gone.join(", ")),
        };
        let rule = format!("the rule of {}: {}", self.rule.table, self.rule.delete_when);
        self.error.problem().note(rule).note(gone)
    }
}

fn gone(retained: &Retained) -> String {
    let rows = if retained.rows == 1 { "row" } else { "rows" };
    format!("{} {rows} of {}", retained.rows, retained.rule.table)
}
