//! Where one statement ends and the next begins.

use std::ops::Range;

use super::token::{Token, TokenKind};
use super::words::{Words, is_word};
use crate::model::Engine;

/// One statement's tokens by index, without its semicolon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub tokens: Range<usize>,
    /// Whether it ends as its kind of statement must end; a trigger ends with `END`.
    pub finished: bool,
}

/// Cuts tokens at the semicolons that end a statement. Empty statements are dropped.
pub(super) fn split(engine: Engine, text: &str, tokens: &[Token]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < tokens.len() {
        let rest = &tokens[start..];
        let (length, finished) = match engine {
            Engine::Postgres => (postgres_length(text, rest), true),
            Engine::Sqlite => sqlite_length(text, rest),
        };
        if length > 0 {
            pieces.push(Piece { tokens: start..start + length, finished });
        }
        start += length + 1;
    }
    pieces
}

/// psql's rule: a semicolon inside parentheses (the actions of a rule) or between BEGIN ATOMIC and
/// its END ends nothing.
fn postgres_length(text: &str, tokens: &[Token]) -> usize {
    let may_have_body = creates_routine(text, tokens);
    let (mut parentheses, mut blocks) = (0_usize, 0_usize);
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Open => parentheses += 1,
            TokenKind::Close => parentheses = parentheses.saturating_sub(1),
            TokenKind::Semicolon if parentheses == 0 && blocks == 0 => return index,
            TokenKind::Word if may_have_body && parentheses == 0 => {
                let next = tokens.get(index + 1).copied();
                let before = index.checked_sub(1).map(|before| tokens[before]);
                if is_label(text, before) {
                    // `AS end` ends nothing.
                } else if is_word(*token, text, "BEGIN") {
                    let atomic = next.is_some_and(|next| is_word(next, text, "ATOMIC"));
                    blocks += usize::from(atomic);
                } else if is_word(*token, text, "CASE") && blocks > 0 {
                    blocks += 1;
                } else if is_word(*token, text, "END") {
                    blocks = blocks.saturating_sub(1);
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

/// After `AS` or a dot any word is a name.
fn is_label(text: &str, before: Option<Token>) -> bool {
    before.is_some_and(|token| token.kind == TokenKind::Dot || is_word(token, text, "AS"))
}

fn creates_routine(text: &str, tokens: &[Token]) -> bool {
    let mut words = Words::new(Engine::Postgres, text, tokens);
    if !words.eat("CREATE") {
        return false;
    }
    words.eat_all(&["OR", "REPLACE"]);
    words.is_any(&["FUNCTION", "PROCEDURE"])
}

/// The rule of `SQLite`'s own `sqlite3_complete()`: a trigger ends at `; END ;` and nowhere else.
fn sqlite_length(text: &str, tokens: &[Token]) -> (usize, bool) {
    let is_semicolon = |token: &Token| token.kind == TokenKind::Semicolon;
    if !creates_trigger(text, tokens) {
        return (tokens.iter().position(is_semicolon).unwrap_or(tokens.len()), true);
    }
    let ends = |index: usize| {
        index >= 2 && is_word(tokens[index - 1], text, "END") && is_semicolon(&tokens[index - 2])
    };
    let end = (0..tokens.len()).find(|index| is_semicolon(&tokens[*index]) && ends(*index));
    match end {
        Some(end) => (end, true),
        None => (tokens.len(), ends(tokens.len())),
    }
}

fn creates_trigger(text: &str, tokens: &[Token]) -> bool {
    let mut words = Words::new(Engine::Sqlite, text, tokens);
    if words.eat("EXPLAIN") {
        words.eat_all(&["QUERY", "PLAN"]);
    }
    if !words.eat("CREATE") {
        return false;
    }
    words.eat_any(&["TEMP", "TEMPORARY"]);
    words.is("TRIGGER")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::token::lex;

    fn statements(engine: Engine, text: &str) -> Vec<&str> {
        let lexed = lex(engine, text);
        split(engine, text, &lexed.tokens)
            .into_iter()
            .map(|piece| {
                let tokens = &lexed.tokens[piece.tokens];
                &text[tokens[0].start()..tokens[tokens.len() - 1].end()]
            })
            .collect()
    }

    #[test]
    fn semicolons_inside_bodies_end_nothing() {
        for statement in [
            "create function f() returns int begin atomic select 1; select case when a then 2 end; end",
            "create or replace procedure p() begin atomic select t.end, 1 as case; end",
            "create rule r as on update to t do also (select 1; select 2)",
            "create function begin() returns int as $$ begin; end $$ language plpgsql",
        ] {
            let text = format!("select 0;{statement};select 3");
            assert_eq!(statements(Engine::Postgres, &text), ["select 0", statement, "select 3"]);
        }
    }

    #[test]
    fn a_trigger_ends_at_its_own_end() {
        let trigger = "create temp trigger x after insert on t begin \
                       select case when 1 then 2 end; select 'END;'; END";
        let text = format!("{trigger} ; select 1");
        assert_eq!(statements(Engine::Sqlite, &text), [trigger, "select 1"]);
        assert_eq!(statements(Engine::Sqlite, trigger), [trigger]);
    }

    #[test]
    fn empty_statements_are_none() {
        for engine in [Engine::Postgres, Engine::Sqlite] {
            assert_eq!(statements(engine, ";; ;\n-- x\nselect 1;;"), ["select 1"]);
            assert!(statements(engine, "/* only */ -- comments").is_empty());
        }
    }
}
