//! The directives of check files.

use super::detect;
use super::nearest::{listed, nearest};
use super::scan::Scan;
use crate::model::Engine;
use crate::sql::error::{ScriptError, Source};
use crate::sql::token::Comment;

const KEYWORDS: [&str; 3] = ["check", "expect-error", "skip-unless"];

/// What a line of a check file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sql) enum CheckDirective {
    /// A check of this name begins.
    Check(String),
    /// The next statement must fail with this code.
    ExpectError(String),
    /// The check is left out unless this condition holds.
    SkipUnless(String),
}

/// Reads a comment of a check file, and where its directive stands if it is one.
pub(in crate::sql) fn read_check_line(
    source: &Source<'_>,
    engine: Engine,
    comment: &Comment,
) -> Result<Option<(usize, CheckDirective)>, ScriptError> {
    let Some(span) = detect::directive(source, comment)? else { return Ok(None) };
    let mut line = Scan::new(source, engine, span.start, span.end);
    let at = line.offset();
    let keyword = line.word();
    let rest = line.rest().to_owned();
    let expected = match keyword {
        "check" => "what the check holds, in a sentence",
        "expect-error" => "a SQLSTATE, or a result code such as SQLITE_CONSTRAINT_CHECK",
        "skip-unless" => "a condition in SQL",
        _ => {
            let hint =
                format!("directives of check files: {}", listed(&nearest(KEYWORDS, keyword)));
            let message = format!("unknown directive `{keyword}`");
            return Err(line.error_at(at, message, vec![hint]));
        }
    };
    if rest.is_empty() {
        return Err(line.expected(expected));
    }
    let directive = match keyword {
        "check" => CheckDirective::Check(rest),
        "expect-error" => {
            let code = line.word().to_owned();
            line.finish()?;
            CheckDirective::ExpectError(code)
        }
        _ => CheckDirective::SkipUnless(rest),
    };
    Ok(Some((at, directive)))
}
