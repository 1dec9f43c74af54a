//! A data type as a directive names it.

use super::{depth, statement};
use crate::model::Engine;
use crate::sql::token::{TokenKind, lex};
use crate::sql::words::is_word;

/// Whether a text is the name of one data type and nothing else. What passes here can be looked up
/// on any server version without an error.
pub fn is_data_type(text: &str) -> bool {
    let written = lex(Engine::Postgres, text);
    let tokens = &written.tokens;
    let is_name = tokens.iter().all(|token| {
        matches!(
            token.kind,
            TokenKind::Word
                | TokenKind::Quoted
                | TokenKind::Number
                | TokenKind::Dot
                | TokenKind::Comma
                | TokenKind::Open
                | TokenKind::Close
        )
    });
    let dots = tokens.iter().filter(|token| token.kind == TokenKind::Dot).count();
    let is_set = tokens.first().is_some_and(|first| is_word(*first, text, "SETOF"));
    let is_whole = written.fault.is_none() && written.comments.is_empty();
    is_whole
        && is_name
        && dots <= 1
        && !is_set
        && depth::depth(text, tokens).is_ok_and(depth::Depth::is_small)
        && statement(&format!("SELECT CAST(NULL AS {text})")).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_stands_alone() {
        for text in [
            "int",
            "timestamp with time zone",
            "timestamp (3) without time zone",
            "double precision",
            "numeric(10, 2)[]",
            "text[][]",
            "app.\"Odd (Type)\"",
            "bit varying(5)",
            "\"char\"",
            "interval day to second(3)",
        ] {
            assert!(is_data_type(text), "{text}");
        }
    }

    #[test]
    fn anything_else_is_none() {
        for text in [
            "",
            "text not null",
            "text default 'x'",
            "text --",
            "text /* x */",
            "3",
            "a b c",
            "a.b.c",
            "text)",
            "varchar(",
            "setof text",
            "t.c%type",
            "text; drop table t",
            "''",
            "\"",
            "text collate \"C\"",
        ] {
            assert!(!is_data_type(text), "{text}");
        }
        assert!(!is_data_type(&"(".repeat(100_000)));
    }
}
