//! What a command that looks for faults found, in a form that every report for CI can tell.

use crate::model::{Excerpt, LineColumn};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Worth knowing; it fails nothing.
    Note,
    /// Worth a look; it fails nothing.
    Warning,
    /// It fails the run.
    Error,
}

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The [`Rule`] it breaks.
    pub rule: &'static str,
    /// How much it weighs.
    pub level: Level,
    /// What was found, in a sentence without its full stop.
    pub message: String,
    /// The database's object, by kind and name: `column app.users.id`.
    pub object: Option<String>,
    /// What helps to judge it, of any number of lines: a diff.
    pub detail: Option<String>,
    /// The file, and the line in it.
    pub place: Option<Excerpt>,
    /// Where in the file it ends.
    pub end: Option<LineColumn>,
    /// What stays the same about it where the file is changed elsewhere.
    pub likeness: Option<String>,
    /// Why it is accepted, where it is: then it fails nothing.
    pub accepted: Option<String>,
}

impl Finding {
    /// A finding with nothing but its rule, weight and message.
    pub fn new(rule: &'static str, level: Level, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            rule,
            level,
            message,
            object: None,
            detail: None,
            place: None,
            end: None,
            likeness: None,
            accepted: None,
        }
    }

    /// Whether it fails the run.
    pub fn fails(&self) -> bool {
        self.level == Level::Error && self.accepted.is_none()
    }
}

/// One thing a command looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its name: `invalid-index`.
    pub id: &'static str,
    /// What should be, in a sentence without its full stop.
    pub holds: &'static str,
}

/// What helps with a finding of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guide {
    /// The rule's name.
    pub rule: &'static str,
    /// Why it matters and what to do, in sentences.
    pub text: String,
    /// A page about it, in Markdown.
    pub page: String,
}

/// One thing that was looked at and is no finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound {
    /// The [`Rule`] it keeps.
    pub rule: &'static str,
    /// What was looked at.
    pub name: String,
    /// Why it could not be looked at after all.
    pub skipped: Option<String>,
}

/// All a command found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// What it looks for.
    pub rules: &'static [Rule],
    /// What is as it should be.
    pub sound: Vec<Sound>,
    /// What is not.
    pub found: Vec<Finding>,
    /// What helps with it.
    pub guides: Vec<Guide>,
}

impl Findings {
    /// Of a command that looks at each rule as a whole: a rule nothing was found against holds.
    pub fn by_rule(rules: &'static [Rule], found: Vec<Finding>) -> Self {
        let kept = rules.iter().filter(|rule| found.iter().all(|it| it.rule != rule.id));
        let sound = kept
            .map(|rule| Sound { rule: rule.id, name: rule.holds.to_owned(), skipped: None })
            .collect();
        Self { rules, sound, found, guides: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_without_a_finding_holds() {
        static RULES: [Rule; 2] = [
            Rule { id: "drift", holds: "the live schema is the recorded one" },
            Rule { id: "pending", holds: "nothing is pending" },
        ];
        let findings =
            Findings::by_rule(&RULES, vec![Finding::new("drift", Level::Error, "it differs")]);
        let sound: Vec<_> = findings.sound.iter().map(|it| (it.rule, &*it.name)).collect();
        assert_eq!(sound, [("pending", "nothing is pending")]);
    }
}
