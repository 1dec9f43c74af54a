//! Reading a statement word by word.

use std::ops::Range;

use super::quote::unquote;
use super::token::{Token, TokenKind};
use crate::model::{Engine, ObjectName};

/// A place among the tokens of one statement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'a> {
    pub engine: Engine,
    pub text: &'a str,
    rest: &'a [Token],
    /// Where the last token ends.
    end: usize,
}

impl<'a> Words<'a> {
    pub fn new(engine: Engine, text: &'a str, tokens: &'a [Token]) -> Self {
        let end = tokens.last().map_or(0, |token| token.end());
        Self { engine, text, rest: tokens, end }
    }

    /// The tokens not yet read.
    pub fn rest(&self) -> &'a [Token] {
        self.rest
    }

    pub fn peek(&self) -> Option<Token> {
        self.rest.first().copied()
    }

    /// Where the next token starts; at the end, where the last one ended.
    pub fn at(&self) -> usize {
        self.peek().map_or(self.end, Token::start)
    }

    /// The bytes of the tokens from here to a later place; `None` where there are none.
    pub fn span_to(&self, later: Self) -> Option<Range<usize>> {
        let read = &self.rest[..self.rest.len().saturating_sub(later.rest.len())];
        Some(read.first()?.start()..read.last()?.end())
    }

    pub fn next(&mut self) -> Option<Token> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// The words up to the first such keyword; all of them where there is none.
    pub fn before(self, keyword: &str) -> Self {
        let end = self.rest.iter().position(|token| is_word(*token, self.text, keyword));
        Self::new(self.engine, self.text, &self.rest[..end.unwrap_or(self.rest.len())])
    }

    /// Whether the next token is this keyword.
    pub fn is(&self, keyword: &str) -> bool {
        self.peek().is_some_and(|token| is_word(token, self.text, keyword))
    }

    /// Whether the next token is one of these keywords.
    pub fn is_any(&self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.is(keyword))
    }

    pub fn is_kind(&self, kind: TokenKind) -> bool {
        self.peek().is_some_and(|token| token.kind == kind)
    }

    /// Reads the keyword if it comes next.
    pub fn eat(&mut self, keyword: &str) -> bool {
        let found = self.is(keyword);
        if found {
            self.next();
        }
        found
    }

    /// Reads one of the keywords if it comes next.
    pub fn eat_any(&mut self, keywords: &[&str]) -> bool {
        let found = self.is_any(keywords);
        if found {
            self.next();
        }
        found
    }

    /// Reads the keywords if they all come next, and nothing otherwise.
    pub fn eat_all(&mut self, keywords: &[&str]) -> bool {
        let mut ahead = *self;
        let found = keywords.iter().all(|keyword| ahead.eat(keyword));
        if found {
            *self = ahead;
        }
        found
    }

    pub fn eat_kind(&mut self, kind: TokenKind) -> bool {
        let found = self.is_kind(kind);
        if found {
            self.next();
        }
        found
    }

    /// Reads `IF EXISTS` or `IF NOT EXISTS`.
    pub fn eat_if_exists(&mut self) {
        if !self.eat_all(&["IF", "NOT", "EXISTS"]) {
            self.eat_all(&["IF", "EXISTS"]);
        }
    }

    /// Reads one name without a schema.
    pub fn identifier(&mut self) -> Option<String> {
        let token = self.peek()?;
        let named = matches!(token.kind, TokenKind::Word | TokenKind::Quoted)
            || (token.kind == TokenKind::Text && self.engine == Engine::Sqlite);
        if !named {
            return None;
        }
        self.next();
        Some(unquote(self.engine, token.text(self.text)))
    }

    /// Reads a name with its schema, if it has one.
    pub fn name(&mut self) -> Option<ObjectName> {
        let mut name = ObjectName::bare(self.identifier()?);
        while self.is_kind(TokenKind::Dot) {
            let mut ahead = *self;
            ahead.next();
            let Some(last) = ahead.identifier() else { break };
            name = ObjectName { schema: Some(name.name), name: last };
            *self = ahead;
        }
        Some(name)
    }

    /// Reads on to the next of these keywords outside all parentheses, without reading it.
    pub fn skip_to_any(&mut self, keywords: &[&str]) -> bool {
        let mut depth = 0_usize;
        while let Some(token) = self.peek() {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                TokenKind::Word if depth == 0 && self.is_any(keywords) => return true,
                _ => {}
            }
            self.next();
        }
        false
    }

    /// Whether a keyword stands anywhere outside all parentheses.
    pub fn contains(mut self, keyword: &str) -> bool {
        self.skip_to_any(&[keyword])
    }
}

/// Whether a token is this keyword, in any case.
pub(super) fn is_word(token: Token, text: &str, keyword: &str) -> bool {
    token.kind == TokenKind::Word && token.text(text).eq_ignore_ascii_case(keyword)
}
