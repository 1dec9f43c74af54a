//! Reports for continuous integration: findings in the forms its tools read.

mod github;
mod gitlab;
mod junit;
mod sarif;

#[cfg(test)]
mod tests;

use super::problem::problem_text;
use super::{Document, Findings, Subject};
use crate::model::Problem;

pub use github::github;
pub use gitlab::gitlab;
pub use junit::junit;
pub use sarif::sarif;

/// A run, as these reports tell it.
#[derive(Debug, Clone)]
pub struct CiRun<'a> {
    command: &'static str,
    exit_code: u8,
    subject: &'a Subject,
    findings: Findings,
    failure: Option<&'a Problem>,
}

impl<'a> CiRun<'a> {
    /// A run that came to its end.
    pub fn ended(document: &Document, subject: &'a Subject) -> Self {
        let Document { command, exit_code, findings, .. } = document;
        let findings = findings.clone();
        Self { command, exit_code: *exit_code, subject, findings, failure: None }
    }

    /// A run that failed before it found anything.
    pub fn failed(command: &'static str, problem: &'a Problem, subject: &'a Subject) -> Self {
        let exit_code = problem.kind.exit_code();
        let findings = Findings::default();
        Self { command, exit_code, subject, findings, failure: Some(problem) }
    }

    /// What the failure's text says below its message.
    fn failure_detail(problem: &Problem) -> String {
        let text = problem_text(problem);
        text.strip_prefix(problem.message.trim_end()).unwrap_or(&text).trim().to_owned()
    }
}
