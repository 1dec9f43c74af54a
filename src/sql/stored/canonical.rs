//! Tokens as one canonical text: whatever was written in another way and means the same comes out
//! the same.

use std::collections::{BTreeMap, BTreeSet};

use sqlite3_parser::dialect::keyword_token;

use crate::model::Engine;
use crate::sql::quote::{quote_identifier, quote_literal, unquote};
use crate::sql::token::{Token, TokenKind};

/// The tables and views of a schema with their columns, all in lower case.
pub type SchemaNames = BTreeMap<String, BTreeSet<String>>;

/// What the names in a text may refer to. `SQLite` takes `"x"` for a string where it finds no `x`,
/// so without this nobody can tell what it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Names<'a> {
    /// The columns of one table, as declared. Every name in such a text is found whatever its case.
    Table(&'a [String]),
    /// The names a query or a trigger may refer to, in lower case, from [`names_within`]. A name's
    /// case can show there, as a result's column.
    Query(&'a BTreeSet<String>),
    /// The arguments of a virtual table: only its module knows what they mean.
    Unknown,
}

/// Whether a text is one line, or a query with a line for each of its clauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Line,
    Clauses,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Keyword,
    Name,
    Value,
    Sign,
    Open,
    Close,
    Comma,
    Dot,
    Semicolon,
}

struct Piece {
    text: String,
    class: Class,
}

/// Keywords that `SQLite` also takes as names, but for those that can be part of an expression.
const ALSO_NAMES: [&str; 62] = [
    "ABORT",
    "ACTION",
    "AFTER",
    "ALWAYS",
    "ANALYZE",
    "ASC",
    "ATTACH",
    "BEFORE",
    "BEGIN",
    "BY",
    "CASCADE",
    "COLUMN",
    "CONFLICT",
    "CURRENT",
    "DATABASE",
    "DEFERRED",
    "DESC",
    "DETACH",
    "DO",
    "EACH",
    "EXCLUDE",
    "EXCLUSIVE",
    "EXPLAIN",
    "FAIL",
    "FIRST",
    "FOLLOWING",
    "FOR",
    "GENERATED",
    "GROUPS",
    "IF",
    "IGNORE",
    "IMMEDIATE",
    "INITIALLY",
    "INSTEAD",
    "KEY",
    "LAST",
    "MATERIALIZED",
    "NO",
    "NULLS",
    "OF",
    "OFFSET",
    "OTHERS",
    "PARTITION",
    "PLAN",
    "PRAGMA",
    "PRECEDING",
    "QUERY",
    "RANGE",
    "RECURSIVE",
    "REINDEX",
    "RELEASE",
    "RENAME",
    "REPLACE",
    "RESTRICT",
    "ROW",
    "ROWS",
    "TEMP",
    "TIES",
    "TRIGGER",
    "UNBOUNDED",
    "VIEW",
    "VIRTUAL",
];

/// Keywords a clause of a query starts with.
const CLAUSES: [&str; 12] = [
    "FROM",
    "WHERE",
    "GROUP",
    "ORDER",
    "HAVING",
    "LIMIT",
    "WINDOW",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "RETURNING",
    "SELECT",
];

/// The tokens as text.
pub(super) fn write(text: &str, tokens: &[Token], names: Names<'_>, layout: Layout) -> String {
    let pieces = pieces(text, tokens, names);
    let mut written = String::new();
    let mut depth = 0_usize;
    for (index, piece) in pieces.iter().enumerate() {
        match piece.class {
            Class::Open => depth += 1,
            Class::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        if let Some(before) = index.checked_sub(1) {
            let breaks = layout == Layout::Clauses && depth == 0 && starts_clause(&pieces, index);
            let earlier = before.checked_sub(1).map(|at| &pieces[at]);
            if breaks {
                written.push('\n');
            } else if has_space(earlier, &pieces[before], piece) {
                written.push(' ');
            }
        }
        written.push_str(&piece.text);
    }
    written
}

fn starts_clause(pieces: &[Piece], index: usize) -> bool {
    let is = |at: usize, words: &[&str]| {
        pieces[at].class == Class::Keyword && words.contains(&pieces[at].text.as_str())
    };
    let joins = ["LEFT", "RIGHT", "FULL", "INNER", "OUTER", "CROSS", "NATURAL", "JOIN"];
    let is_call = pieces.get(index + 1).is_some_and(|next| next.class == Class::Open);
    is(index, &CLAUSES)
        || (is(index, &joins)
            && !is(index - 1, &joins)
            && (!is_call || pieces[index].text == "JOIN"))
}

fn has_space(earlier: Option<&Piece>, before: &Piece, piece: &Piece) -> bool {
    let is_unary = before.class == Class::Sign
        && matches!(before.text.as_str(), "-" | "+" | "~")
        && piece.class != Class::Sign
        && earlier.is_none_or(|it| {
            matches!(it.class, Class::Open | Class::Comma | Class::Keyword | Class::Sign)
        });
    match (before.class, piece.class) {
        (Class::Open | Class::Dot, _)
        | (_, Class::Close | Class::Comma | Class::Dot | Class::Semicolon)
        | (Class::Name, Class::Open) => false,
        _ => !is_unary,
    }
}

fn pieces(text: &str, tokens: &[Token], names: Names<'_>) -> Vec<Piece> {
    (0..tokens.len())
        .map(|at| {
            let (text, class) = piece(&Place { text, tokens, at, names });
            Piece { text, class }
        })
        .collect()
}

/// The names a statement may refer to: its tables, their columns, and what it names itself without
/// quotes, such as aliases. In lower case.
pub(super) fn names_within(text: &str, tokens: &[Token], schema: &SchemaNames) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for token in tokens {
        let written = token.text(text);
        let name = match token.kind {
            TokenKind::Word | TokenKind::Quoted => unquote(Engine::Sqlite, written),
            _ => continue,
        };
        let name = name.to_ascii_lowercase();
        let table = schema.get(&name);
        names.extend(table.into_iter().flatten().cloned());
        if table.is_some() || (token.kind == TokenKind::Word && !is_keyword(written)) {
            names.insert(name);
        }
    }
    names
}

/// A token with all that says what it is.
struct Place<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    names: Names<'a>,
}

impl Place<'_> {
    fn written(&self) -> &str {
        self.tokens[self.at].text(self.text)
    }

    fn before(&self) -> Option<Token> {
        self.at.checked_sub(1).map(|at| self.tokens[at])
    }

    fn after(&self) -> Option<Token> {
        self.tokens.get(self.at + 1).copied()
    }

    fn is_after_word(&self, words: &[&str]) -> bool {
        self.before().is_some_and(|token| {
            token.kind == TokenKind::Word
                && words.iter().any(|word| token.text(self.text).eq_ignore_ascii_case(word))
        })
    }

    fn is_beside_dot(&self) -> bool {
        let dot = |token: Option<Token>| token.is_some_and(|token| token.kind == TokenKind::Dot);
        dot(self.before()) || dot(self.after())
    }

    fn is_before_open(&self) -> bool {
        self.after().is_some_and(|token| token.kind == TokenKind::Open)
    }

    /// Whether an operand has just ended, so that only an alias can come.
    fn is_after_operand(&self) -> bool {
        self.before().is_some_and(|token| match token.kind {
            TokenKind::Quoted | TokenKind::Number | TokenKind::Text | TokenKind::Close => true,
            TokenKind::Word => !is_keyword(token.text(self.text)),
            _ => false,
        })
    }
}

fn piece(place: &Place<'_>) -> (String, Class) {
    let written = place.written();
    match place.tokens[place.at].kind {
        TokenKind::Word => word(place),
        TokenKind::Quoted => quoted(place),
        TokenKind::Text if matches!(place.names, Names::Unknown) => {
            (written.to_owned(), Class::Value)
        }
        TokenKind::Text if written.starts_with('\'') => (written.to_owned(), Class::Value),
        TokenKind::Text => {
            let digits = written[1..].to_ascii_uppercase();
            (format!("x{digits}"), Class::Value)
        }
        TokenKind::Number => (written.to_ascii_lowercase(), Class::Value),
        TokenKind::Semicolon => (written.to_owned(), Class::Semicolon),
        TokenKind::Comma => (written.to_owned(), Class::Comma),
        TokenKind::Dot => (written.to_owned(), Class::Dot),
        TokenKind::Open => (written.to_owned(), Class::Open),
        TokenKind::Close => (written.to_owned(), Class::Close),
        TokenKind::Backslash | TokenKind::Sign => {
            let sign = match written {
                "==" => "=",
                "!=" => "<>",
                other => other,
            };
            (sign.to_owned(), Class::Sign)
        }
    }
}

fn word(place: &Place<'_>) -> (String, Class) {
    let word = place.written();
    let upper = word.to_ascii_uppercase();
    if matches!(place.names, Names::Unknown) {
        return (word.to_owned(), Class::Name);
    }
    if place.is_beside_dot() {
        return (name(place, word), Class::Name);
    }
    if let Names::Table(columns) = place.names
        && ALSO_NAMES.contains(&upper.as_str())
        && !place.is_before_open()
        && let Some(column) = find(columns, word)
    {
        return (bare_or_quoted(column), Class::Name);
    }
    if is_keyword(word) || matches!(upper.as_str(), "TRUE" | "FALSE") {
        // An alias may be a word that is a keyword elsewhere.
        let is_alias = place.is_after_word(&["AS"]) && ALSO_NAMES.contains(&upper.as_str());
        return if is_alias {
            (bare_or_quoted(word), Class::Name)
        } else {
            (upper, Class::Keyword)
        };
    }
    (name(place, word), Class::Name)
}

fn quoted(place: &Place<'_>) -> (String, Class) {
    let written = place.written();
    if matches!(place.names, Names::Unknown) {
        return (written.to_owned(), Class::Value);
    }
    let inner = unquote(Engine::Sqlite, written);
    let is_name = !written.starts_with('"')
        || place.is_beside_dot()
        || place.is_before_open()
        || place.is_after_operand()
        || place.is_after_word(&["AS", "COLLATE", "FROM", "JOIN", "INTO", "UPDATE", "TABLE", "OF"])
        || match place.names {
            Names::Table(columns) => find(columns, &inner).is_some() || is_row_id(&inner),
            Names::Query(known) => known.contains(&inner.to_ascii_lowercase()) || is_row_id(&inner),
            Names::Unknown => true,
        };
    if is_name {
        (name(place, &inner), Class::Name)
    } else {
        (quote_literal(Engine::Sqlite, &inner), Class::Value)
    }
}

/// A name that is no keyword here.
fn name(place: &Place<'_>, name: &str) -> String {
    if place.is_before_open() && !place.is_beside_dot() {
        return bare_or_quoted(&name.to_ascii_lowercase());
    }
    match place.names {
        Names::Table(columns) => match find(columns, name) {
            Some(column) => bare_or_quoted(column),
            None => bare_or_quoted(&name.to_ascii_lowercase()),
        },
        _ => bare_or_quoted(name),
    }
}

fn find<'a>(columns: &'a [String], name: &str) -> Option<&'a String> {
    columns.iter().find(|column| column.eq_ignore_ascii_case(name))
}

fn is_row_id(name: &str) -> bool {
    ["rowid", "oid", "_rowid_"].iter().any(|word| name.eq_ignore_ascii_case(word))
}

fn is_keyword(word: &str) -> bool {
    /// The parser's list is asked about nothing shorter or longer than what is in it.
    const LENGTHS: std::ops::RangeInclusive<usize> = 2..=17;
    LENGTHS.contains(&word.len()) && keyword_token(word.as_bytes()).is_some()
}

/// A name in quotes where it could be taken for something else without.
pub fn bare_or_quoted(name: &str) -> String {
    let starts = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let is_plain = starts
        && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
        && !is_keyword(name)
        && !["true", "false"].iter().any(|word| name.eq_ignore_ascii_case(word));
    if is_plain { name.to_owned() } else { quote_identifier(name) }
}
