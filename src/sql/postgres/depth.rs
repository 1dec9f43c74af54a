//! The parser recurses, and so does the release of its tree. A hostile or generated statement must
//! not exhaust the stack, which would end the process without a word.

use std::panic;

use crate::sql::token::{Token, TokenKind};
use crate::sql::words::is_word;

/// Open brackets within one another; the server itself gives up at a few thousand.
const MOST_BRACKETS: usize = 500;
/// Operators in one expression. Each deepens the tree by one, and reading takes quadratic time.
const MOST_OPERATORS: usize = 5_000;
/// Words in one expression, and the set operations of one query.
const MOST_WORDS: usize = 100_000;

/// What the thread that parses gets where the caller's stack may not do. It is reserved, not used.
const LARGE_STACK: usize = 256 << 20;
/// Below these the deepest statement needs a fraction of a mebibyte.
const FEW_BRACKETS: usize = 16;
const FEW_WORDS: usize = 150;

/// How deep a statement's tree can become, judged by its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Depth {
    brackets: usize,
    operators: usize,
    words: usize,
}

impl Depth {
    /// Whether any stack at hand will do.
    pub fn is_small(self) -> bool {
        self.brackets <= FEW_BRACKETS && self.operators.max(self.words) <= FEW_WORDS
    }

    fn is_too_deep(self) -> bool {
        self.brackets > MOST_BRACKETS || self.operators > MOST_OPERATORS || self.words > MOST_WORDS
    }

    fn deepest(self, other: Self) -> Self {
        Self {
            brackets: self.brackets.max(other.brackets),
            operators: self.operators.max(other.operators),
            words: self.words.max(other.words),
        }
    }
}

/// The chain of one bracket level: what has come since the last comma, and what a comma does not
/// end.
#[derive(Default)]
struct Level {
    operators: usize,
    words: usize,
    set_operations: usize,
}

/// The levels that are open, the outermost apart, and their sum.
#[derive(Default)]
struct Chain {
    outermost: Level,
    open: Vec<Level>,
    sum: Depth,
}

impl Chain {
    fn level(&mut self) -> &mut Level {
        self.open.last_mut().unwrap_or(&mut self.outermost)
    }

    fn open(&mut self) {
        self.open.push(Level::default());
        self.sum.brackets += 1;
    }

    fn close(&mut self) {
        if let Some(level) = self.open.pop() {
            self.sum.brackets -= 1;
            self.sum.operators -= level.operators;
            self.sum.words -= level.words + level.set_operations;
        }
    }

    fn add_word(&mut self) {
        self.sum.words += 1;
        self.level().words += 1;
    }

    fn add_operator(&mut self) {
        self.sum.operators += 1;
        self.level().operators += 1;
    }

    fn add_set_operation(&mut self) {
        self.sum.words += 1;
        self.level().set_operations += 1;
    }

    /// A comma ends an expression, but not the query it stands in.
    fn end_expression(&mut self) {
        let level = self.level();
        let (operators, words) = (level.operators, level.words);
        (level.operators, level.words) = (0, 0);
        self.sum.operators -= operators;
        self.sum.words -= words;
    }
}

/// Judges a statement, or says at which byte it passes the limit.
pub(super) fn depth(text: &str, tokens: &[Token]) -> Result<Depth, usize> {
    const SET_OPERATIONS: [&str; 3] = ["UNION", "INTERSECT", "EXCEPT"];
    const OPERATORS: [&str; 7] = ["NOT", "CASE", "COLLATE", "IS", "AT", "JOIN", "EXPLAIN"];
    let mut chain = Chain::default();
    let mut deepest = Depth::default();
    for token in tokens {
        let is_any = |keywords: &[&str]| keywords.iter().any(|word| is_word(*token, text, word));
        match token.kind {
            TokenKind::Open => chain.open(),
            TokenKind::Close => {
                chain.close();
                chain.add_word();
            }
            TokenKind::Comma | TokenKind::Semicolon => chain.end_expression(),
            TokenKind::Dot | TokenKind::Sign => {
                chain.add_word();
                chain.add_operator();
            }
            TokenKind::Word => {
                chain.add_word();
                if is_any(&OPERATORS) {
                    chain.add_operator();
                } else if is_any(&SET_OPERATIONS) {
                    chain.add_set_operation();
                }
            }
            TokenKind::Quoted | TokenKind::Text | TokenKind::Number | TokenKind::Backslash => {
                chain.add_word();
            }
        }
        deepest = deepest.deepest(chain.sum);
        if deepest.is_too_deep() {
            return Err(token.start());
        }
    }
    Ok(deepest)
}

/// Runs `work` with stack enough for statements of this depth. A panic in it is given back as
/// `None`, and so is a system that has no thread to give.
pub(in crate::sql) fn with_stack<T: Send>(
    is_small: bool,
    work: impl FnOnce() -> T + Send,
) -> Option<T> {
    if is_small {
        return panic::catch_unwind(panic::AssertUnwindSafe(work)).ok();
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("sql".to_owned())
            .stack_size(LARGE_STACK)
            .spawn_scoped(scope, work)
            .ok()?;
        thread.join().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Engine;
    use crate::sql::token::lex;

    fn of(text: &str) -> Result<Depth, usize> {
        depth(text, &lex(Engine::Postgres, text).tokens)
    }

    #[test]
    fn lists_are_flat_and_chains_are_deep() {
        let list = of(&format!("select {}", "1 + 1, ".repeat(10_000))).unwrap();
        assert!(list.is_small(), "{list:?}");
        assert!(of(&format!("select {}1", "1 + ".repeat(10_000))).is_err());
        assert!(of(&format!("select {}1", "not ".repeat(10_000))).is_err());
        assert!(of(&"(".repeat(1_000)).is_err());
        assert_eq!(of(&"(a, b), ".repeat(1_000)).unwrap().brackets, 1);
        assert!(!of(&"select 1, 2 union all ".repeat(1_000)).unwrap().is_small());
    }

    #[test]
    fn a_panic_is_an_answer() {
        assert_eq!(with_stack(false, || 1), Some(1));
        assert_eq!(with_stack(true, || 1), Some(1));
    }
}
