//! A fixture that failed.

use crate::database::DatabaseError;
use crate::model::{Diagnose, Excerpt, Problem, ProblemKind};

/// A fixture that failed.
#[derive(Debug, thiserror::Error)]
#[error("the fixture {file} failed: {error}")]
pub struct FixtureFailure {
    /// The file.
    pub file: String,
    /// The statement.
    pub place: Excerpt,
    /// What was wrong.
    pub error: DatabaseError,
}

impl Diagnose for FixtureFailure {
    fn problem(&self) -> Problem {
        let problem = self.error.problem();
        let hint = "mend the fixture: it runs on scratch databases only";
        let hints = match problem.kind {
            ProblemKind::Interrupted | ProblemKind::Connection => problem.hints,
            _ => vec![hint.to_owned()],
        };
        let place = Some(self.place.clone());
        Problem { message: self.to_string(), place, hints, ..problem }
    }
}
