//! What a command hands over to be printed.

use serde_json::{Map, Value, json};

use super::Findings;

/// What a command worked on, as far as it got to know it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The database's URL without its password.
    pub database: Option<String>,
    /// The set's name.
    pub set: Option<String>,
}

/// A command's result in all its forms.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The command's name.
    pub command: &'static str,
    /// The process's exit code.
    pub exit_code: u8,
    /// The command's own keys.
    pub body: Map<String, Value>,
    /// For people; ends with a newline unless it is empty.
    pub text: String,
    /// Whether the text is what a file would hold, and so the same in every format.
    pub verbatim: bool,
    /// For reports of continuous integration, from the commands that offer them.
    pub findings: Findings,
}

impl Document {
    /// A document with the given body, which must be a JSON object.
    pub fn new(command: &'static str, exit_code: u8, body: Value, text: String) -> Self {
        let body = match body {
            Value::Object(map) => map,
            other => Map::from_iter([("result".to_owned(), other)]),
        };
        Self { command, exit_code, body, text, verbatim: false, findings: Findings::default() }
    }

    /// A document that is printed as it is: something to be kept in a file.
    pub fn verbatim(command: &'static str, text: String) -> Self {
        Self { verbatim: true, ..Self::new(command, 0, Value::Object(Map::new()), text) }
    }

    /// Adds what reports of continuous integration tell.
    #[must_use]
    pub fn with_findings(mut self, findings: Findings) -> Self {
        self.findings = findings;
        self
    }

    /// The one JSON document of a run.
    pub fn json(&self, subject: &Subject) -> Value {
        let mut document = Map::new();
        document.insert("command".to_owned(), json!(self.command));
        document.insert("ok".to_owned(), json!(self.exit_code == 0));
        document.insert("exit_code".to_owned(), json!(self.exit_code));
        document.insert("database".to_owned(), json!(subject.database));
        document.insert("set".to_owned(), json!(subject.set));
        document.extend(self.body.clone());
        Value::Object(document)
    }
}
