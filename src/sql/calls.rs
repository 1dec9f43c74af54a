//! What a condition calls.

use std::collections::BTreeSet;

use super::token::{TokenKind, lex};
use super::words::is_word;
use crate::model::Engine;

/// The functions a condition calls, by their names as the database holds them; `None` where it asks
/// more than the row: a query within it.
pub fn functions_called(engine: Engine, condition: &str) -> Option<BTreeSet<String>> {
    let lexed = lex(engine, condition);
    let mut called = BTreeSet::new();
    for (index, token) in lexed.tokens.iter().enumerate() {
        if is_word(*token, condition, "SELECT") || is_word(*token, condition, "TABLE") {
            return None;
        }
        let is_name = matches!(token.kind, TokenKind::Word | TokenKind::Quoted);
        let next = lexed.tokens.get(index + 1);
        if is_name && next.is_some_and(|next| next.kind == TokenKind::Open) {
            called.insert(super::quote::unquote(engine, token.text(condition)));
        }
    }
    Some(called)
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
