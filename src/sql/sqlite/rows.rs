//! The rows that a statement changes.

use std::ops::Range;

use crate::model::ObjectName;
use crate::sql::script::{ChangedRows, RowChange, RowChoice};
use crate::sql::token::TokenKind;
use crate::sql::words::Words;

/// What a condition may speak of besides the table it chooses from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// Tables.
    Tables,
    /// The queries of a `WITH` before the statement as well.
    With,
}

/// Words that end the list of an `UPDATE`'s assignments.
const BEHIND_ASSIGNMENTS: [&str; 6] = ["FROM", "WHERE", "RETURNING", "ORDER", "LIMIT", "ON"];

/// Words that end a condition.
const BEHIND_CONDITION: [&str; 3] = ["RETURNING", "ORDER", "LIMIT"];

/// The rows of an `UPDATE`, from behind that word.
pub(super) fn updated(mut words: Words<'_>, names: Names) -> Vec<RowChange> {
    let replaces = words.eat_all(&["OR", "REPLACE"]);
    if !replaces && words.eat("OR") {
        words.next();
    }
    let Some(table) = words.name() else { return Vec::new() };
    let alias = alias(&mut words);
    words.skip_to_any(&["SET"]);
    words.next();
    let mut columns = Vec::new();
    assigned(&mut words, &mut columns);
    let chosen = choice(words, names, alias);
    let update = change(table.clone(), ChangedRows::Columns(columns), chosen);
    let gone = replaces.then(|| change(table, ChangedRows::Rows, RowChoice::Otherwise));
    std::iter::once(update).chain(gone).collect()
}

/// The rows of a `DELETE FROM`, from behind these words.
pub(super) fn deleted(mut words: Words<'_>, names: Names) -> Vec<RowChange> {
    let Some(table) = words.name() else { return Vec::new() };
    let alias = alias(&mut words);
    vec![change(table, ChangedRows::Rows, choice(words, names, alias))]
}

/// The table of an `INSERT` or `REPLACE`, and the rows that make way for new ones or become them.
pub(super) fn inserted(mut words: Words<'_>) -> (Option<ObjectName>, Vec<RowChange>) {
    let replaces = words.eat("REPLACE") || words.eat_all(&["INSERT", "OR", "REPLACE"]);
    words.skip_to_any(&["INTO"]);
    words.next();
    let Some(table) = words.name() else { return (None, Vec::new()) };
    let mut changes = Vec::new();
    if replaces {
        changes.push(change(table.clone(), ChangedRows::Rows, RowChoice::Otherwise));
    }
    let mut columns = Vec::new();
    while words.skip_to_any(&["DO"]) {
        if words.eat_all(&["DO", "UPDATE", "SET"]) {
            assigned(&mut words, &mut columns);
        } else {
            words.next();
        }
    }
    if !columns.is_empty() {
        changes.push(change(table.clone(), ChangedRows::Columns(columns), RowChoice::Otherwise));
    }
    (Some(table), changes)
}

fn change(table: ObjectName, what: ChangedRows, chosen: RowChoice) -> RowChange {
    RowChange { table, what, only: false, chosen }
}

fn alias(words: &mut Words<'_>) -> Option<String> {
    if words.eat("AS") { words.identifier() } else { None }
}

/// Reads `a = …, (b, c) = …` and adds its columns, each once.
fn assigned(words: &mut Words<'_>, columns: &mut Vec<String>) {
    loop {
        let is_list = words.eat_kind(TokenKind::Open);
        while let Some(column) = words.identifier() {
            if !columns.iter().any(|known| known.eq_ignore_ascii_case(&column)) {
                columns.push(column);
            }
            if !is_list || !words.eat_kind(TokenKind::Comma) {
                break;
            }
        }
        if is_list {
            words.eat_kind(TokenKind::Close);
        }
        if !has_next_assignment(words) {
            return;
        }
    }
}

/// Reads an assignment's value and the comma behind it, where there is one.
fn has_next_assignment(words: &mut Words<'_>) -> bool {
    let mut depth = 0_usize;
    while let Some(token) = words.peek() {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            TokenKind::Comma if depth == 0 => {
                words.next();
                return true;
            }
            // `a IS DISTINCT FROM b` has a FROM that is no clause.
            TokenKind::Word if words.eat_all(&["DISTINCT", "FROM"]) => continue,
            TokenKind::Word if depth == 0 && words.is_any(&BEHIND_ASSIGNMENTS) => return false,
            _ => {}
        }
        words.next();
    }
    false
}

/// How rows are chosen by what stands behind the assignments of an `UPDATE` or the table of a
/// `DELETE`.
fn choice(mut words: Words<'_>, names: Names, alias: Option<String>) -> RowChoice {
    let is_joined = words.is("FROM");
    let is_limited = words.contains("LIMIT");
    match condition(&mut words) {
        _ if is_joined || is_limited => RowChoice::Otherwise,
        None => RowChoice::All,
        Some(span) if names == Names::Tables => RowChoice::Where { span, alias },
        Some(_) => RowChoice::Otherwise,
    }
}

/// Reads on to the end of the condition and gives its bytes.
fn condition(words: &mut Words<'_>) -> Option<Range<usize>> {
    words.skip_to_any(&["WHERE", "RETURNING", "ORDER", "LIMIT"]);
    if !words.eat("WHERE") {
        return None;
    }
    let start = *words;
    words.skip_to_any(&BEHIND_CONDITION);
    start.span_to(*words)
}
