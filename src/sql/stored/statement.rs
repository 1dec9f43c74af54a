//! The texts of indexes, views, triggers and virtual tables.

use super::canonical::{Layout, Names, SchemaNames, bare_or_quoted, names_within, write};
use crate::model::Engine;
use crate::sql::quote::quote_literal;
use crate::sql::token::{Token, TokenKind, lex};
use crate::sql::words::Words;

/// What the text of an index says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexText {
    /// What is indexed, an expression each, without collation and direction.
    pub items: Vec<String>,
    /// The condition of a partial index.
    pub condition: Option<String>,
}

/// What the text of a view says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewText {
    /// The names given to its columns.
    pub columns: Option<String>,
    /// The query.
    pub query: String,
}

/// Reads `CREATE INDEX`. `columns` are the table's.
pub fn read_index(sql: &str, columns: &[String]) -> Option<IndexText> {
    let tokens = whole(sql)?;
    let mut words = Words::new(Engine::Sqlite, sql, &tokens);
    words.eat("CREATE").then_some(())?;
    words.eat("UNIQUE");
    words.eat("INDEX").then_some(())?;
    words.eat_if_exists();
    words.name()?;
    words.eat("ON").then_some(())?;
    words.name()?;
    let items = list(&mut words)?;
    let condition = words.eat("WHERE").then(|| words.rest());
    let expression = |tokens: &[Token]| write(sql, tokens, Names::Table(columns), Layout::Line);
    Some(IndexText {
        items: items.into_iter().map(|item| expression(indexed(sql, item))).collect(),
        condition: condition.map(expression),
    })
}

/// An indexed item without the direction and the collation behind it.
fn indexed<'a>(sql: &str, item: &'a [Token]) -> &'a [Token] {
    let is = |token: &Token, word: &str| {
        token.kind == TokenKind::Word && token.text(sql).eq_ignore_ascii_case(word)
    };
    let item = match item {
        [rest @ .., last] if !rest.is_empty() && (is(last, "ASC") || is(last, "DESC")) => rest,
        _ => item,
    };
    match item {
        [rest @ .., collate, _] if !rest.is_empty() && is(collate, "COLLATE") => rest,
        _ => item,
    }
}

/// Reads `CREATE VIEW`.
pub fn read_view(sql: &str, names: &SchemaNames) -> Option<ViewText> {
    let tokens = whole(sql)?;
    let names = names_within(sql, &tokens, names);
    let mut words = Words::new(Engine::Sqlite, sql, &tokens);
    words.eat("CREATE").then_some(())?;
    words.eat_any(&["TEMP", "TEMPORARY"]);
    words.eat("VIEW").then_some(())?;
    words.eat_if_exists();
    words.name()?;
    let columns = if words.is_kind(TokenKind::Open) {
        let names = list(&mut words)?;
        let names = names.into_iter().map(|item| {
            let mut item = Words::new(Engine::Sqlite, sql, item);
            item.identifier().map(|name| bare_or_quoted(&name))
        });
        Some(names.collect::<Option<Vec<_>>>()?.join(", "))
    } else {
        None
    };
    words.eat("AS").then_some(())?;
    let query = without_end(words.rest());
    Some(ViewText { columns, query: write(sql, query, Names::Query(&names), Layout::Clauses) })
}

/// Reads `CREATE TRIGGER`, and writes it as one canonical statement. What is said by leaving it out
/// is said.
pub fn read_trigger(sql: &str, names: &SchemaNames) -> Option<String> {
    let tokens = whole(sql)?;
    let names = names_within(sql, &tokens, names);
    let mut words = Words::new(Engine::Sqlite, sql, &tokens);
    words.eat("CREATE").then_some(())?;
    words.eat_any(&["TEMP", "TEMPORARY"]);
    words.eat("TRIGGER").then_some(())?;
    words.eat_if_exists();
    let name = words.name()?;
    let timing = if words.eat("AFTER") {
        "AFTER"
    } else if words.eat_all(&["INSTEAD", "OF"]) {
        "INSTEAD OF"
    } else {
        words.eat("BEFORE");
        "BEFORE"
    };
    let canonical = |tokens: &[Token], layout| write(sql, tokens, Names::Query(&names), layout);
    let event = canonical(until(&mut words, "ON")?, Layout::Line);
    let table = words.name()?;
    words.eat_all(&["FOR", "EACH", "ROW"]);
    let has_condition = words.eat("WHEN");
    let before_body = until(&mut words, "BEGIN")?;
    let condition = has_condition.then(|| canonical(before_body, Layout::Line));
    let [body @ .., end] = without_end(words.rest()) else { return None };
    end.text(sql).eq_ignore_ascii_case("END").then_some(())?;
    let mut written = format!(
        "CREATE TRIGGER {} {timing} {event} ON {}\n",
        bare_or_quoted(&name.name),
        bare_or_quoted(&table.name)
    );
    if let Some(condition) = condition {
        written += &format!("WHEN {condition}\n");
    }
    written += "BEGIN\n";
    for statement in body.split(|token| token.kind == TokenKind::Semicolon) {
        if !statement.is_empty() {
            let lines = canonical(statement, Layout::Clauses).replace('\n', "\n  ");
            written += &format!("  {lines};\n");
        }
    }
    Some(written + "END")
}

/// Reads on to a keyword outside all parentheses, and past it.
fn until<'a>(words: &mut Words<'a>, keyword: &str) -> Option<&'a [Token]> {
    let start = words.rest();
    loop {
        words.skip_to_any(&[keyword]).then_some(())?;
        let read = start.len() - words.rest().len();
        words.next();
        // `new.begin` is a column.
        if !start[..read].last().is_some_and(|token| token.kind == TokenKind::Dot) {
            return Some(&start[..read]);
        }
    }
}

/// A statement that could not be read.
pub fn canonical_statement(sql: &str, names: &SchemaNames) -> String {
    match whole(sql) {
        Some(tokens) => {
            let names = names_within(sql, &tokens, names);
            write(sql, without_end(&tokens), Names::Query(&names), Layout::Line)
        }
        None => sql.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

/// A declared type: its case and its spaces mean nothing to `SQLite`.
pub fn canonical_type(declared: &str) -> String {
    match whole(declared) {
        Some(tokens) => {
            write(declared, &tokens, Names::Table(&[]), Layout::Line).to_ascii_uppercase()
        }
        None => declared.to_ascii_uppercase(),
    }
}

/// A default; none where it is no other than the NULL that is the default without any.
pub fn canonical_default(written: &str) -> Option<String> {
    let Some(tokens) = whole(written) else { return Some(written.to_owned()) };
    let canonical = write(written, &tokens, Names::Table(&[]), Layout::Line);
    match tokens[..] {
        [token] if canonical == "NULL" && token.kind == TokenKind::Word => None,
        // A single word that is no keyword is a string.
        [token]
            if token.kind == TokenKind::Word
                && canonical.eq_ignore_ascii_case(token.text(written))
                && canonical != token.text(written).to_ascii_uppercase() =>
        {
            Some(quote_literal(Engine::Sqlite, token.text(written)))
        }
        [_] => Some(canonical),
        [sign, number] if sign.kind == TokenKind::Sign && number.kind == TokenKind::Number => {
            Some(canonical)
        }
        _ => Some(format!("({canonical})")),
    }
}

/// All tokens of a text, where it is a text of tokens to its end.
pub(super) fn whole(sql: &str) -> Option<Vec<Token>> {
    let lexed = lex(Engine::Sqlite, sql);
    lexed.fault.is_none().then_some(lexed.tokens)
}

pub(super) fn without_end(tokens: &[Token]) -> &[Token] {
    match tokens {
        [rest @ .., last] if last.kind == TokenKind::Semicolon => without_end(rest),
        _ => tokens,
    }
}

/// Reads what stands in parentheses, parted by commas.
pub(in crate::sql) fn list<'a>(words: &mut Words<'a>) -> Option<Vec<&'a [Token]>> {
    words.eat_kind(TokenKind::Open).then_some(())?;
    let mut items = Vec::new();
    loop {
        let start = words.rest();
        let mut depth = 0_usize;
        let end = loop {
            let token = words.next()?;
            match token.kind {
                TokenKind::Comma | TokenKind::Close if depth == 0 => break token,
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth -= 1,
                _ => {}
            }
        };
        items.push(&start[..start.len() - words.rest().len() - 1]);
        if end.kind == TokenKind::Close {
            return Some(items);
        }
    }
}
