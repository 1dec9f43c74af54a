//! One shape of token for both engines, made by squawk's lexer and by `SQLite`'s tokenizer.

use std::ops::Range;

use sqlite3_parser::lexer::Splitter as _;
use sqlite3_parser::lexer::sql::{Error as SqliteError, Tokenizer};
use squawk_lexer::{LiteralKind, TokenKind as PostgresKind};

use crate::model::Engine;

/// What a token is, as far as anything here asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A keyword or an unquoted name.
    Word,
    /// A quoted name.
    Quoted,
    /// A string or blob literal, dollar-quoted ones included.
    Text,
    /// A number.
    Number,
    Semicolon,
    Comma,
    Dot,
    Open,
    Close,
    /// A backslash outside every string: a psql command.
    Backslash,
    /// Any other sign.
    Sign,
}

/// A token and its bytes; whitespace and comments are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: TokenKind,
    start: u32,
    end: u32,
}

impl Token {
    pub fn start(self) -> usize {
        self.start as usize
    }

    pub fn end(self) -> usize {
        self.end as usize
    }

    pub fn span(self) -> Range<usize> {
        self.start()..self.end()
    }

    pub fn text(self, text: &str) -> &str {
        &text[self.span()]
    }
}

/// A comment and its bytes, without a line comment's line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comment {
    pub span: Range<usize>,
    /// Whether it starts with `--`, rather than `/*`.
    pub is_line: bool,
}

/// Where and why a text stops being tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LexFault {
    pub at: usize,
    pub message: String,
}

/// A text as tokens and comments, both in their order.
#[derive(Debug, Default)]
pub(super) struct Lexed {
    pub tokens: Vec<Token>,
    pub comments: Vec<Comment>,
    /// What ended the lexing early; the tokens before it are whole.
    pub fault: Option<LexFault>,
}

impl Lexed {
    /// Offsets are kept in 32 bits; `parse` refuses longer texts before it comes here.
    fn push(&mut self, kind: TokenKind, span: Range<usize>) {
        let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
        self.tokens.push(Token { kind, start: offset(span.start), end: offset(span.end) });
    }

    fn fail(mut self, at: usize, message: impl Into<String>) -> Self {
        self.fault = Some(LexFault { at, message: message.into() });
        self
    }
}

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Reads a whole text as tokens.
pub(super) fn lex(engine: Engine, text: &str) -> Lexed {
    let start = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
    match engine {
        Engine::Postgres => lex_postgres(text, start),
        Engine::Sqlite => lex_sqlite(text, start),
    }
}

fn lex_postgres(text: &str, start: usize) -> Lexed {
    let mut lexed = Lexed::default();
    let mut at = start;
    for token in squawk_lexer::tokenize(&text[start..]) {
        let span = at..at + token.len as usize;
        at = span.end;
        if let Some(what) = unterminated(token.kind) {
            return lexed.fail(span.start, format!("this {what} has no end"));
        }
        let kind = match token.kind {
            PostgresKind::Whitespace | PostgresKind::Eof => continue,
            PostgresKind::LineComment => {
                lexed.comments.push(Comment { span, is_line: true });
                continue;
            }
            PostgresKind::BlockComment { .. } => {
                lexed.comments.push(Comment { span, is_line: false });
                continue;
            }
            PostgresKind::Ident => TokenKind::Word,
            PostgresKind::QuotedIdent { .. } => TokenKind::Quoted,
            PostgresKind::Literal {
                kind: LiteralKind::Int { .. } | LiteralKind::Numeric { .. },
            } => TokenKind::Number,
            PostgresKind::Literal { .. } => TokenKind::Text,
            PostgresKind::Semi => TokenKind::Semicolon,
            PostgresKind::Comma => TokenKind::Comma,
            PostgresKind::Dot => TokenKind::Dot,
            PostgresKind::OpenParen | PostgresKind::OpenBracket => TokenKind::Open,
            PostgresKind::CloseParen | PostgresKind::CloseBracket => TokenKind::Close,
            PostgresKind::Unknown if &text[span.clone()] == "\\" => TokenKind::Backslash,
            _ => TokenKind::Sign,
        };
        lexed.push(kind, span);
    }
    lexed
}

/// What a token is that runs into the end of the text.
fn unterminated(kind: PostgresKind) -> Option<&'static str> {
    match kind {
        PostgresKind::BlockComment { terminated: false } => Some("block comment"),
        PostgresKind::QuotedIdent { terminated: false, .. } => Some("quoted name"),
        PostgresKind::Literal { kind: LiteralKind::DollarQuotedString { terminated: false } } => {
            Some("dollar-quoted string")
        }
        PostgresKind::Literal {
            kind:
                LiteralKind::Str { terminated: false }
                | LiteralKind::NationalStr { terminated: false }
                | LiteralKind::ByteStr { terminated: false }
                | LiteralKind::BitStr { terminated: false }
                | LiteralKind::UnicodeEscStr { terminated: false }
                | LiteralKind::EscStr { terminated: false },
        } => Some("string"),
        _ => None,
    }
}

fn lex_sqlite(text: &str, start: usize) -> Lexed {
    let mut lexed = Lexed::default();
    let mut tokenizer = Tokenizer::new();
    let mut at = start;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        let (found, length) = match tokenizer.split(rest) {
            Ok((found, length)) => (found, length.max(1)),
            Err(error) => return lexed.fail(at, sqlite_fault(&error)),
        };
        let span = at..at + length;
        at = span.end;
        match (found, rest.first()) {
            (None, Some(b'-')) => {
                let end = span.start + text[span.clone()].trim_end().len();
                lexed.comments.push(Comment { span: span.start..end, is_line: true });
            }
            (None, Some(b'/')) => lexed.comments.push(Comment { span, is_line: false }),
            (Some(_), Some(first)) => lexed.push(sqlite_kind(*first, rest.get(1)), span),
            _ => {}
        }
    }
    lexed
}

fn sqlite_kind(first: u8, second: Option<&u8>) -> TokenKind {
    match first {
        b'x' | b'X' if second == Some(&b'\'') => TokenKind::Text,
        b'A'..=b'Z' | b'a'..=b'z' | b'_' | 0x80.. => TokenKind::Word,
        b'"' | b'`' | b'[' => TokenKind::Quoted,
        b'\'' => TokenKind::Text,
        b'0'..=b'9' => TokenKind::Number,
        b'.' if second.is_some_and(u8::is_ascii_digit) => TokenKind::Number,
        b'.' => TokenKind::Dot,
        b';' => TokenKind::Semicolon,
        b',' => TokenKind::Comma,
        b'(' => TokenKind::Open,
        b')' => TokenKind::Close,
        _ => TokenKind::Sign,
    }
}

/// The tokenizer's error in our words; its own text repeats the position.
fn sqlite_fault(error: &SqliteError) -> &'static str {
    match error {
        SqliteError::UnterminatedLiteral(_) => "this string or quoted name has no end",
        SqliteError::UnterminatedBracket(_) => "this bracketed name has no end",
        SqliteError::UnterminatedBlockComment(_) => "this block comment has no end",
        SqliteError::BadVariableName(_) => "this is not the name of a parameter",
        SqliteError::BadNumber(_) | SqliteError::MalformedHexInteger(_) => {
            "this number is malformed"
        }
        SqliteError::ExpectedEqualsSign(_) => "`!` must be followed by `=`",
        SqliteError::MalformedBlobLiteral(_) => "this blob literal is malformed",
        _ => "SQLite does not know this sign",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(engine: Engine, text: &str) -> Vec<&str> {
        lex(engine, text).tokens.iter().map(|token| token.text(text)).collect()
    }

    #[test]
    fn quotes_hide_what_looks_like_syntax() {
        let text =
            r#"select $a$ $b$ ; $b$ $a$, E'it\'s;', U&'\0041;', "a;b", N'x''y;' /* /* ; */ */"#;
        assert!(!texts(Engine::Postgres, text).contains(&";"));
        assert_eq!(lex(Engine::Postgres, text).comments.len(), 1);
    }

    #[test]
    fn sqlite_knows_four_quotes_and_no_dollars() {
        assert_eq!(
            texts(Engine::Sqlite, r#"'a;''b' "c;" `d;` [e;] x'00'"#),
            ["'a;''b'", "\"c;\"", "`d;`", "[e;]", "x'00'"]
        );
    }

    #[test]
    fn a_byte_order_mark_belongs_to_no_token() {
        for engine in [Engine::Postgres, Engine::Sqlite] {
            assert_eq!(texts(engine, "\u{feff}select"), ["select"]);
        }
    }

    #[test]
    fn what_has_no_end_is_a_fault_at_its_beginning() {
        for (engine, text, at) in [
            (Engine::Postgres, "select 'a", 7),
            (Engine::Postgres, "select $x$a$y$", 7),
            (Engine::Postgres, "/* /* */", 0),
            (Engine::Postgres, "a \"b", 2),
            (Engine::Sqlite, "select 'a", 7),
            (Engine::Sqlite, "a /* b", 2),
            (Engine::Sqlite, "a [b", 2),
        ] {
            assert_eq!(lex(engine, text).fault.map(|fault| fault.at), Some(at), "{text}");
        }
    }

    #[test]
    fn a_sqlite_line_comment_ends_before_its_line_end() {
        let text = "-- a\r\nselect 1";
        assert_eq!(lex(Engine::Sqlite, text).comments[0].span, 0..4);
    }
}
