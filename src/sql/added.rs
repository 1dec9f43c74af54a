//! The columns that a statement adds to a table.

use super::token::{TokenKind, lex};
use super::words::is_word;
use crate::model::Engine;

/// What follows `ADD` without being a column's name.
const OTHERS: [&str; 11] = [
    "CONSTRAINT",
    "PRIMARY",
    "UNIQUE",
    "FOREIGN",
    "CHECK",
    "EXCLUDE",
    "GENERATED",
    "VALUE",
    "ATTRIBUTE",
    "TABLE",
    "MAPPING",
];

/// The names of the columns an `ALTER TABLE` adds, as the database holds them; of one that may have
/// been there already (`IF NOT EXISTS`) it is not known.
pub fn columns_added(engine: Engine, text: &str) -> Vec<String> {
    let tokens = lex(engine, text).tokens;
    let is = |index: usize, word: &str| {
        tokens.get(index).is_some_and(|token| is_word(*token, text, word))
    };
    if !is(0, "ALTER") || !is(1, "TABLE") {
        return Vec::new();
    }
    let added = (0..tokens.len()).filter(|index| is(*index, "ADD")).filter_map(|index| {
        let index = if is(index + 1, "COLUMN") { index + 2 } else { index + 1 };
        let token = tokens.get(index)?;
        let is_other = OTHERS.iter().any(|word| is(index, word));
        let may_exist = is(index, "IF") && is(index + 1, "NOT");
        let is_name = matches!(token.kind, TokenKind::Word | TokenKind::Quoted);
        (is_name && !is_other && !may_exist)
            .then(|| super::quote::unquote(engine, token.text(text)))
    });
    added.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_columns_are_named_and_nothing_else() {
        for (text, expected) in [
            ("ALTER TABLE t ADD COLUMN a int, ADD \"B c\" text DEFAULT 'ADD x'", "a,B c"),
            ("alter table t add Constraint x check (a > 0), add primary key (a)", ""),
            ("ALTER TABLE t ADD COLUMN IF NOT EXISTS a int", ""),
            ("ALTER TABLE t ALTER a ADD GENERATED ALWAYS AS IDENTITY", ""),
            ("CREATE TABLE t (add_ int)", ""),
        ] {
            assert_eq!(columns_added(Engine::Postgres, text).join(","), expected, "{text}");
        }
    }
}
