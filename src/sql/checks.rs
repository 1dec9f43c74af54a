//! Behaviour checks: SQL files whose statements say what they expect.

use std::ops::Range;

use super::directives::{CheckDirective, read_check_line};
use super::error::{ScriptError, Source};
use super::rules;
use super::script::TransactionMode;
use super::split::split;
use super::token::lex;
use super::words::Words;
use crate::model::{Engine, LineColumn};

/// A check file, in the order it runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckFile {
    /// What stands before the first check: the rows all of them work with.
    pub set_up: Vec<Trial>,
    /// The checks.
    pub checks: Vec<Check>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What it holds, in a sentence.
    pub name: String,
    /// Where it begins.
    pub at: LineColumn,
    /// A condition without which it is left out.
    pub skip_unless: Option<String>,
    /// Its statements.
    pub statements: Vec<Trial>,
}

/// A statement of a check file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// Its bytes in the file's text, without the semicolon.
    pub span: Range<usize>,
    /// Where it starts.
    pub at: LineColumn,
    /// The code it must fail with.
    pub expect_error: Option<String>,
}

/// Reads a check file. `file` is the name that errors show.
pub fn parse_checks(engine: Engine, file: &str, text: &str) -> Result<CheckFile, ScriptError> {
    let source = Source::new(file, text);
    let lexed = lex(engine, text);
    let mut reader = Reader { source: &source, file: CheckFile::default(), expected: None };
    let mut comments = lexed.comments.iter().peekable();
    for piece in split(engine, text, &lexed.tokens) {
        let tokens = &lexed.tokens[piece.tokens];
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { continue };
        while let Some(comment) = comments.next_if(|it| it.span.start < first.start()) {
            if let Some((at, directive)) = read_check_line(&source, engine, comment)? {
                reader.directive(at, directive)?;
            }
        }
        // A directive inside a statement is as misplaced here as in a script.
        while let Some(comment) = comments.next_if(|it| it.span.start < last.end()) {
            if let Some((at, _)) = read_check_line(&source, engine, comment)? {
                return Err(reader.error(at, "this directive stands inside a statement"));
            }
        }
        rules::refuse_control(&source, TransactionMode::Single, Words::new(engine, text, tokens))?;
        reader.statement(first.start()..last.end());
    }
    for comment in comments {
        if let Some((at, directive)) = read_check_line(&source, engine, comment)? {
            reader.directive(at, directive)?;
        }
    }
    if let Some(fault) = &lexed.fault {
        return Err(ScriptError::Syntax {
            message: fault.message.clone(),
            place: source.place(fault.at),
            can_be_allowed: false,
        });
    }
    reader.finish(text.len())
}

struct Reader<'a> {
    source: &'a Source<'a>,
    file: CheckFile,
    /// The code the next statement must fail with, and where that is said.
    expected: Option<(usize, String)>,
}

impl Reader<'_> {
    fn directive(&mut self, at: usize, directive: CheckDirective) -> Result<(), ScriptError> {
        match directive {
            CheckDirective::Check(name) => {
                self.refuse_empty(at)?;
                let at = self.source.at(at);
                self.file.checks.push(Check {
                    name,
                    at,
                    skip_unless: None,
                    statements: Vec::new(),
                });
            }
            CheckDirective::ExpectError(code) => {
                if self.file.checks.is_empty() {
                    return Err(self.error(at, "the set-up expects no errors"));
                }
                if self.expected.replace((at, code)).is_some() {
                    return Err(self.error(at, "two errors are expected of one statement"));
                }
            }
            CheckDirective::SkipUnless(condition) => match self.file.checks.last_mut() {
                Some(check) if check.statements.is_empty() && check.skip_unless.is_none() => {
                    check.skip_unless = Some(condition);
                }
                _ => return Err(self.error(at, "`skip-unless` stands directly under its check")),
            },
        }
        Ok(())
    }

    fn statement(&mut self, span: Range<usize>) {
        let at = self.source.at(span.start);
        let expect_error = self.expected.take().map(|(_, code)| code);
        let trial = Trial { span, at, expect_error };
        match self.file.checks.last_mut() {
            Some(check) => check.statements.push(trial),
            None => self.file.set_up.push(trial),
        }
    }

    /// A check without a statement, or an expected error without one.
    fn refuse_empty(&self, at: usize) -> Result<(), ScriptError> {
        if let Some((at, _)) = &self.expected {
            return Err(self.error(*at, "no statement follows this directive"));
        }
        match self.file.checks.last() {
            Some(check) if check.statements.is_empty() => {
                Err(self.error(at, "the check above has no statement"))
            }
            _ => Ok(()),
        }
    }

    fn finish(self, end: usize) -> Result<CheckFile, ScriptError> {
        if self.file.checks.is_empty() {
            return Err(self.error(0, "the file has no check: nothing in it would be tried"));
        }
        self.refuse_empty(end)?;
        Ok(self.file)
    }

    fn error(&self, at: usize, message: &str) -> ScriptError {
        ScriptError::Directive {
            message: message.to_owned(),
            hints: vec!["docs/migrations.md shows how check files are written".to_owned()],
            place: self.source.place(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_up_checks_and_expected_errors_are_told_apart() {
        let text = "INSERT INTO t VALUES (1);\n\
                    -- turnback:check one row is there\n\
                    -- turnback:skip-unless true\n\
                    SELECT '1' AS expected, count(*) AS actual FROM t;\n\
                    -- turnback:check a second is refused\n\
                    -- turnback:expect-error 23505\n\
                    INSERT INTO t VALUES (1);\n";
        let file = parse_checks(Engine::Postgres, "a.sql", text).unwrap();
        assert_eq!(file.set_up.len(), 1);
        assert_eq!(file.checks.len(), 2);
        assert_eq!(file.checks[0].name, "one row is there");
        assert_eq!(file.checks[0].skip_unless.as_deref(), Some("true"));
        assert_eq!(file.checks[1].statements[0].expect_error.as_deref(), Some("23505"));
        assert_eq!(file.checks[1].statements[0].at.line, 7);
    }

    #[test]
    fn what_checks_nothing_is_refused() {
        for text in [
            "-- turnback:check a\n-- turnback:check b\nSELECT 1;",
            "-- turnback:check a\n",
            "-- turnback:check\nSELECT 1;",
            "-- turnback:expect-error 23505\nSELECT 1;",
            "-- turnback:check a\n-- turnback:expect-error 23505\n",
            "-- turnback:check a\nSELECT 1;\n-- turnback:skip-unless true\nSELECT 1;",
            "-- turnback:chekc a\nSELECT 1;",
            "-- turnback:check a\nCOMMIT;",
            "SELECT 1 AS expected, 2 AS actual;",
            "-- nothing",
        ] {
            assert!(parse_checks(Engine::Postgres, "a.sql", text).is_err(), "{text}");
        }
    }
}
