//! What a text calls.

use std::collections::BTreeSet;

use super::token::{TokenKind, lex};
use super::words::is_word;
use crate::model::Engine;

/// The functions a condition calls, by their names as the database holds them; `None` where it asks
/// more than the row: a query within it.
pub fn functions_called(engine: Engine, condition: &str) -> Option<BTreeSet<String>> {
    let tokens = lex(engine, condition).tokens;
    let asks = |word| tokens.iter().any(|token| is_word(*token, condition, word));
    if asks("SELECT") || asks("TABLE") {
        None
    } else {
        Some(names_before_parentheses(engine, condition))
    }
}

/// All that a text could call: each name with a parenthesis behind it, those of tables and words of
/// the language among them.
pub fn names_before_parentheses(engine: Engine, text: &str) -> BTreeSet<String> {
    let tokens = lex(engine, text).tokens;
    let pairs = tokens.iter().zip(tokens.iter().skip(1));
    let called = pairs.filter(|(token, next)| {
        matches!(token.kind, TokenKind::Word | TokenKind::Quoted) && next.kind == TokenKind::Open
    });
    called.map(|(token, _)| super::quote::unquote(engine, token.text(text))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_and_queries_refused() {
        let of = |text| functions_called(Engine::Postgres, text);
        let called = of("Lower(email) = 'x (y)' AND pg_catalog.random() < 1 AND \"F\" (a) > (2)");
        let called: Vec<String> = called.unwrap_or_default().into_iter().collect();
        assert_eq!(called, ["F", "lower", "random"].map(str::to_owned));
        assert_eq!(of("id IN (SELECT id FROM t)"), None);
        assert!(of("selected AND id > 3").is_some_and(|it| it.is_empty()));
    }
}
