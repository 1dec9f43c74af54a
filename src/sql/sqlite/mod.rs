//! `SQLite` statements, by their words. `SQLite`'s own grammar judges them when they run.

pub(super) mod hazards;
mod rows;
pub(super) mod version;

use crate::model::{ColumnNeed, Engine, ObjectKind, ObjectName, ObjectRef};
use crate::sql::error::{ScriptError, Source};
use crate::sql::meaning::Meaning;
use crate::sql::script::{Affected, RowChange, StatementKind, TransactionMode};
use crate::sql::token::{Token, TokenKind};
use crate::sql::words::Words;

/// Settings that fail, or are silently ignored, inside a transaction.
const OUTSIDE_PRAGMAS: [&str; 4] = ["journal_mode", "wal_checkpoint", "synchronous", "temp_store"];

/// Reads one statement.
pub(super) fn read(
    source: &Source<'_>,
    tokens: &[Token],
    is_finished: bool,
    mode: TransactionMode,
) -> Result<Meaning, ScriptError> {
    let Some(first) = tokens.first() else { return Ok(Meaning::default()) };
    let place = || source.place(first.start());
    if first.kind == TokenKind::Dot {
        let rest = &source.text[first.start()..];
        let command = rest.split(char::is_whitespace).next().unwrap_or(rest);
        let command = command.chars().take(40).collect();
        return Err(ScriptError::ShellCommand { command, place: place() });
    }
    if !is_finished {
        return Err(ScriptError::UnfinishedTrigger { place: place() });
    }
    let words = Words::new(Engine::Sqlite, source.text, tokens);
    if words.is("PRAGMA") {
        return pragma(words, mode)
            .ok_or_else(|| ScriptError::ForeignKeysPragma { place: place() });
    }
    Ok(meaning(words))
}

fn object(kind: ObjectKind, name: ObjectName) -> ObjectRef {
    ObjectRef { kind, name, column: None }
}

fn named(kind: ObjectKind, name: Option<ObjectName>) -> Vec<Affected> {
    name.into_iter().map(|name| Affected { object: object(kind, name), lock: None }).collect()
}

/// `None` where a script must not set foreign keys.
fn pragma(mut words: Words<'_>, mode: TransactionMode) -> Option<Meaning> {
    words.next();
    let name = words.name().map(|name| name.name.to_ascii_lowercase()).unwrap_or_default();
    let is_set = words.peek().is_some();
    if name == "foreign_keys" && is_set && mode == TransactionMode::Single {
        return None;
    }
    let is_outside = OUTSIDE_PRAGMAS.contains(&name.as_str());
    let kind = if is_outside && (is_set || name == "wal_checkpoint") {
        StatementKind::OutsideTransaction
    } else if is_set {
        StatementKind::Session
    } else {
        StatementKind::Other
    };
    Some(Meaning::new(kind, Vec::new()))
}

fn meaning(mut words: Words<'_>) -> Meaning {
    let names = if words.is("WITH") { rows::Names::With } else { rows::Names::Tables };
    if names == rows::Names::With {
        words.skip_to_any(&["SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "VALUES"]);
    }
    if words.eat("CREATE") {
        create(words)
    } else if words.eat("DROP") {
        drop_object(words)
    } else if words.eat_all(&["ALTER", "TABLE"]) {
        alter_table(words)
    } else if words.eat("UPDATE") {
        changing(StatementKind::Update, rows::updated(words, names))
    } else if words.eat_all(&["DELETE", "FROM"]) {
        changing(StatementKind::Delete, rows::deleted(words, names))
    } else if words.is_any(&["INSERT", "REPLACE"]) {
        let (table, changes) = rows::inserted(words);
        Meaning { changes, ..Meaning::other(named(ObjectKind::Table, table)) }
    } else if words.is_any(&["VACUUM", "ATTACH", "DETACH"]) {
        Meaning::new(StatementKind::OutsideTransaction, Vec::new())
    } else {
        Meaning::default()
    }
}

fn changing(kind: StatementKind, changes: Vec<RowChange>) -> Meaning {
    let table = changes.first().map(|change| change.table.clone());
    Meaning { changes, ..Meaning::new(kind, named(ObjectKind::Table, table)) }
}

fn create(mut words: Words<'_>) -> Meaning {
    words.eat_any(&["TEMP", "TEMPORARY", "UNIQUE", "VIRTUAL"]);
    let kind = words.next().map(|token| token.text(words.text).to_ascii_uppercase());
    words.eat_if_exists();
    let name = words.name();
    let additive = |affects| Meaning::new(StatementKind::Additive, affects);
    match kind.as_deref() {
        Some("TABLE") => {
            let creates = name.clone().map(|name| (name, columns(words)));
            Meaning { creates, ..additive(named(ObjectKind::Table, name)) }
        }
        Some("INDEX" | "TRIGGER") => {
            words.skip_to_any(&["ON"]);
            words.next();
            additive(named(ObjectKind::Table, words.name()))
        }
        Some("VIEW") => additive(named(ObjectKind::View, name)),
        _ => additive(Vec::new()),
    }
}

fn drop_object(mut words: Words<'_>) -> Meaning {
    let kind = words.next().map(|token| token.text(words.text).to_ascii_uppercase());
    words.eat_if_exists();
    let name = words.name();
    match kind.as_deref() {
        Some("TABLE") => {
            let destroys =
                name.iter().map(|name| object(ObjectKind::Table, name.clone())).collect();
            let affects = named(ObjectKind::Table, name);
            Meaning { destroys, ..Meaning::new(StatementKind::Destructive, affects) }
        }
        Some("INDEX") => Meaning::other(named(ObjectKind::Index, name)),
        Some("VIEW") => Meaning::other(named(ObjectKind::View, name)),
        _ => Meaning::default(),
    }
}

fn alter_table(mut words: Words<'_>) -> Meaning {
    let Some(table) = words.name() else { return Meaning::default() };
    if words.eat("DROP") {
        if words.is("CONSTRAINT") {
            return Meaning::other(named(ObjectKind::Table, Some(table)));
        }
        words.eat("COLUMN");
        let column =
            ObjectRef { kind: ObjectKind::Column, name: table, column: words.identifier() };
        let affects = vec![Affected { object: column.clone(), lock: None }];
        let destroys = vec![column];
        return Meaning { destroys, ..Meaning::new(StatementKind::Destructive, affects) };
    }
    let adds = words.eat("ADD") && !words.is_any(&["CONSTRAINT", "CHECK"]);
    let kind = if adds { StatementKind::Additive } else { StatementKind::Other };
    Meaning::new(kind, named(ObjectKind::Table, Some(table)))
}

/// Words that end a column's type, or that start a table's constraint.
pub(super) const CONSTRAINTS: [&str; 13] = [
    "CONSTRAINT",
    "PRIMARY",
    "NOT",
    "NULL",
    "UNIQUE",
    "CHECK",
    "DEFAULT",
    "COLLATE",
    "REFERENCES",
    "GENERATED",
    "AS",
    "FOREIGN",
    "ON",
];

/// The columns of a `CREATE TABLE` with their types as written.
fn columns(mut words: Words<'_>) -> Vec<ColumnNeed> {
    let mut columns = Vec::new();
    if !words.eat_kind(TokenKind::Open) {
        return columns;
    }
    loop {
        let is_constraint = words.is_any(&["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"]);
        let Some(name) = words.identifier() else { return columns };
        let start = words.peek().map(Token::start);
        let mut end = start;
        let mut is_type = true;
        let mut depth = 0_usize;
        let is_last = loop {
            is_type &= depth > 0 || !words.is_any(&CONSTRAINTS);
            let Some(token) = words.next() else { break true };
            match token.kind {
                TokenKind::Comma if depth == 0 => break false,
                TokenKind::Close if depth == 0 => break true,
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth -= 1,
                _ => {}
            }
            if is_type {
                end = Some(token.end());
            }
        };
        if !is_constraint {
            let written = start.zip(end).map(|(start, end)| &words.text[start..end]);
            let data_type = written
                .map(|written| written.split_whitespace().collect::<Vec<_>>().join(" "))
                .filter(|written| !written.is_empty());
            columns.push(ColumnNeed { name, data_type });
        }
        if is_last {
            return columns;
        }
    }
}
