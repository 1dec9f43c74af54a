//! Which comments are directives, and which were meant to be.

use std::ops::Range;

use super::nearest::distance;
use crate::sql::error::{ScriptError, Source};
use crate::sql::token::Comment;

const PREFIX: &str = "turnback:";
pub(super) const KEYWORDS: [&str; 6] =
    ["transaction", "requires", "adopt-if", "backup", "backfill", "allow"];

/// A directive's bytes behind its prefix, or `None` for a comment of any other kind.
pub(super) fn directive(
    source: &Source<'_>,
    comment: &Comment,
) -> Result<Option<Range<usize>>, ScriptError> {
    let body = &source.text[comment.span.start + 2..comment.span.end];
    let Some(found) = resemblance(body, comment.is_line) else { return Ok(None) };
    let at = comment.span.start + 2 + found.start;
    let refuse = |message: &str, hint: &str| {
        Err(ScriptError::Directive {
            message: message.to_owned(),
            hints: vec![hint.to_owned()],
            place: source.place(at),
        })
    };
    if !comment.is_line {
        return refuse(
            "a directive must be a line comment",
            "write `-- turnback:…` on a line of its own",
        );
    }
    if !found.is_exact {
        return refuse(
            "this looks like a directive, but is not written like one",
            "write `-- turnback:` in small letters, directly followed by its colon; if it is prose, word it differently",
        );
    }
    if !stands_alone(source.text, comment.span.start) {
        return refuse(
            "a directive stands on a line of its own",
            "move it to the line above the statement it is for",
        );
    }
    Ok(Some(at + PREFIX.len()..comment.span.end))
}

struct Resemblance {
    /// Where the word starts that looks like the prefix.
    start: usize,
    is_exact: bool,
}

/// How a comment's body resembles a directive, if it does.
fn resemblance(body: &str, is_line: bool) -> Option<Resemblance> {
    let is_ornament = |c: char| matches!(c, '-' | '*' | '!' | '/' | '#');
    let unspaced = body.trim_start();
    let rest = unspaced.trim_start_matches(|c: char| is_ornament(c) || c.is_whitespace());
    let start = body.len() - rest.len();
    let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let word = &rest[..rest.find(|c: char| !is_part(c)).unwrap_or(rest.len())];
    if word.len() > 2 * PREFIX.len() {
        return None;
    }
    let behind = &rest[word.len()..];
    let name = PREFIX.trim_end_matches(':');
    let plain: String =
        word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let next = behind.trim_start();
    if next.starts_with(':') {
        let is_exact = is_line && word == name && behind.starts_with(':') && rest == unspaced;
        return (distance(&plain, name) <= 2).then_some(Resemblance { start, is_exact });
    }
    let keyword = next.split_whitespace().next().unwrap_or_default();
    (plain == name && KEYWORDS.contains(&keyword)).then_some(Resemblance { start, is_exact: false })
}

/// Whether nothing but space stands before an offset on its line.
fn stands_alone(text: &str, offset: usize) -> bool {
    let before = &text[..offset];
    let line_start = before.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
    before[line_start..].chars().all(|c| c.is_whitespace() || c == '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_directives_from_prose() {
        let exact = |body| resemblance(body, true).map(|found| found.is_exact);
        assert_eq!(exact(" turnback:allow x"), Some(true));
        assert_eq!(exact("turnback:allow x"), Some(true));
        for meant in [
            " Turnback:allow",
            " turnback : allow",
            " turn-back:allow",
            " trunback:allow",
            "- turnback:allow",
            " TURNBACK:",
            " turnback transaction off",
        ] {
            assert_eq!(exact(meant), Some(false), "{meant}");
        }
        for prose in
            [" turnback does this", " see turnback: it works", " note: x", "", " turnkey: x"]
        {
            assert_eq!(exact(prose), None, "{prose}");
        }
        assert_eq!(
            resemblance(" turnback:allow x", false).map(|found| found.is_exact),
            Some(false)
        );
    }
}
