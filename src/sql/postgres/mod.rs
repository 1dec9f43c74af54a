//! `PostgreSQL` statements: read by squawk's parser, one by one.

mod alter;
mod classify;
mod create;
mod data_type;
mod depth;
mod maintain;
mod names;
mod reach;
mod rows;

use squawk_syntax::{SourceFile, ast};

pub use data_type::is_data_type;
pub(super) use depth::with_stack;
pub(super) use names::name_of;

use super::error::{ScriptError, Source};
use super::meaning::Meaning;
use super::token::{Token, TokenKind};
use super::words::{Words, is_word};

/// Whether a statement's depth needs no more than the caller's stack.
pub(super) fn is_small(text: &str, tokens: &[Token]) -> bool {
    // The parser reads the body of an SQL function too, of which the tokens say nothing.
    let has_body = tokens.first().is_some_and(|first| is_word(*first, text, "CREATE"))
        && tokens.iter().any(|token| token.kind == TokenKind::Text && token.span().len() > 200);
    !has_body && depth::depth(text, tokens).is_ok_and(depth::Depth::is_small)
}

/// Reads one statement, and says whether it passed unread: with `is_allowed` a statement that squawk
/// does not know is accepted.
pub(super) fn read(
    source: &Source<'_>,
    tokens: &[Token],
    words: Words<'_>,
    is_allowed: bool,
) -> Result<(Meaning, bool), ScriptError> {
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
        return Ok((Meaning::default(), false));
    };
    if let Some(backslash) = tokens.iter().find(|token| token.kind == TokenKind::Backslash) {
        return Err(psql_command(source, *backslash));
    }
    refuse_depth(source, tokens)?;
    let start = first.start();
    match statement(&source.text[start..last.end()]) {
        Ok(statement) => Ok((classify::meaning(source, &statement, words, start)?, false)),
        Err(_) if is_allowed => Ok((Meaning::default(), true)),
        Err(failure) => Err(ScriptError::Syntax {
            message: failure.message,
            place: source.place(start + failure.offset),
            can_be_allowed: true,
        }),
    }
}

/// Depth is judged for the statement and for the bodies that the parser reads with it.
fn refuse_depth(source: &Source<'_>, tokens: &[Token]) -> Result<(), ScriptError> {
    let too_deep = |at| ScriptError::TooDeep { place: source.place(at) };
    depth::depth(source.text, tokens).map_err(too_deep)?;
    if tokens.first().is_some_and(|first| is_word(*first, source.text, "CREATE")) {
        for body in tokens.iter().filter(|token| token.kind == TokenKind::Text) {
            let text = inner(body.text(source.text));
            let lexed = super::token::lex(crate::model::Engine::Postgres, text);
            depth::depth(text, &lexed.tokens).map_err(|_| too_deep(body.start()))?;
        }
    }
    Ok(())
}

/// What stands between a string's quotes, near enough to be counted.
fn inner(literal: &str) -> &str {
    let is_mark = |c: char| c == '\'' || c == '$';
    let tag_end = match literal.strip_prefix('$') {
        Some(rest) => rest.find('$').map(|end| end + 2),
        None => literal.find('\'').map(|quote| quote + 1),
    };
    let body = tag_end.and_then(|end| literal.get(end..)).unwrap_or(literal);
    body.trim_end_matches(is_mark)
}

/// Why a text is no statement.
pub(super) struct Failure {
    message: String,
    offset: usize,
}

/// Parses the text of one statement; anything but exactly one is a failure.
pub(super) fn statement(text: &str) -> Result<ast::Stmt, Failure> {
    let parse = std::panic::catch_unwind(|| {
        let parse = SourceFile::parse(text);
        let errors = parse.errors();
        (parse, errors)
    });
    let Ok((parse, errors)) = parse else {
        return Err(Failure { message: "the parser failed on this statement".into(), offset: 0 });
    };
    if let Some(error) = errors.first() {
        let offset = usize::from(error.range().start());
        return Err(Failure { message: error.message().to_owned(), offset });
    }
    let mut statements = parse.tree().stmts();
    match (statements.next(), statements.next()) {
        (Some(statement), None) => Ok(statement),
        (_, Some(second)) => {
            use ast::AstNode as _;
            let offset = usize::from(second.syntax().text_range().start());
            Err(Failure { message: "expected `;` before the next statement".into(), offset })
        }
        (None, None) => Err(Failure { message: "expected a statement".into(), offset: 0 }),
    }
}

fn psql_command(source: &Source<'_>, backslash: Token) -> ScriptError {
    let rest = &source.text[backslash.start()..];
    let command = rest.split(char::is_whitespace).next().unwrap_or(rest);
    let command = command.chars().take(40).collect();
    ScriptError::PsqlCommand { command, place: source.place(backslash.start()) }
}
