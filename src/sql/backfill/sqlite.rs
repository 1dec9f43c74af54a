//! The parts of a `SQLite` statement, by its words.

use std::ops::Range;

use super::parts::Parts;
use super::reads::first_read;
use super::unsound::{Fault, Unsound};
use crate::model::ObjectName;
use crate::sql::token::{Token, TokenKind};
use crate::sql::words::Words;

/// What may stand behind the assignments, the other tables and the condition.
const ENDS: [&str; 5] = ["FROM", "WHERE", "RETURNING", "ORDER", "LIMIT"];

/// The parts of an UPDATE or DELETE of this table.
pub(super) fn parts(words: Words<'_>, table: &ObjectName) -> Result<Parts, Fault> {
    refuse_unbalanced(words)?;
    let mut rest = words;
    if rest.is("WITH") {
        rest.skip_to_any(&["UPDATE", "DELETE"]);
    }
    let with = words.span_to(rest);
    let start = rest.at();
    let is_update = rest.eat("UPDATE");
    if is_update {
        refuse_conflict(&mut rest)?;
    } else {
        rest.eat_all(&["DELETE", "FROM"]);
    }
    let (target, alias) = target(&mut rest)?;
    let behind = rest;
    let mut parts = Parts { with, target, alias, assignments: None, others: None, condition: None };
    if is_update {
        if !rest.eat("SET") {
            return Err(Unsound::Unreadable("SET").at(rest.at()));
        }
        parts.assignments = Some(section(&mut rest, "an assignment", &ENDS)?);
        if rest.eat("FROM") {
            parts.others = Some(section(&mut rest, "a table", &ENDS[1..])?);
        }
    }
    if rest.eat("WHERE") {
        parts.condition = Some(section(&mut rest, "a condition", &ENDS[2..])?);
    }
    if let Some(at) = first_read(words, table, start..behind.at()) {
        return Err(Unsound::ReadsItself(table.clone()).at(at));
    }
    refuse_rest(rest)?;
    Ok(parts)
}

/// Parentheses that do not match would come to match other ones in a batch.
fn refuse_unbalanced(words: Words<'_>) -> Result<(), Fault> {
    let mut open: Vec<Token> = Vec::new();
    for token in words.rest() {
        match token.kind {
            TokenKind::Open => open.push(*token),
            TokenKind::Close if open.pop().is_none() => {
                return Err(Unsound::Unreadable("`(` before `)`").at(token.start()));
            }
            _ => {}
        }
    }
    match open.pop() {
        Some(token) => Err(Unsound::Unreadable("`)` behind `(`").at(token.start())),
        None => Ok(()),
    }
}

/// Reads `OR ABORT`, which is what happens anyway, and refuses other ways to meet a conflict.
fn refuse_conflict(words: &mut Words<'_>) -> Result<(), Fault> {
    let at = words.at();
    if !words.eat("OR") || words.eat("ABORT") {
        return Ok(());
    }
    let way = words.next().map(|token| token.text(words.text).to_ascii_uppercase());
    Err(Unsound::Conflict(way.unwrap_or_default()).at(at))
}

/// Reads the table's name and its alias.
fn target(words: &mut Words<'_>) -> Result<(Range<usize>, Option<String>), Fault> {
    let start = *words;
    words.name();
    let alias = if words.eat("AS") { words.identifier() } else { None };
    let target = start.span_to(*words);
    for (option, shown) in [("INDEXED", "INDEXED BY"), ("NOT", "NOT INDEXED")] {
        if words.is(option) {
            return Err(Unsound::Indexed(shown).at(words.at()));
        }
    }
    Ok((target.ok_or_else(|| Unsound::Unreadable("a table").at(start.at()))?, alias))
}

/// Reads on to one of the words that may stand behind a part.
fn section(
    words: &mut Words<'_>,
    what: &'static str,
    ends: &[&str],
) -> Result<Range<usize>, Fault> {
    let start = *words;
    let stops = [ends, &["DISTINCT"]].concat();
    // `a IS DISTINCT FROM b` has a FROM that is no clause.
    while words.skip_to_any(&stops)
        && (words.eat_all(&["DISTINCT", "FROM"]) || words.eat("DISTINCT"))
    {}
    start.span_to(*words).ok_or_else(|| Unsound::Unreadable(what).at(start.at()))
}

fn refuse_rest(rest: Words<'_>) -> Result<(), Fault> {
    let reason = if rest.peek().is_none() {
        return Ok(());
    } else if rest.is("RETURNING") {
        Unsound::Returning
    } else if rest.is("ORDER") {
        Unsound::Limited("ORDER BY")
    } else if rest.is("LIMIT") {
        Unsound::Limited("LIMIT")
    } else {
        Unsound::Unreadable("WHERE")
    };
    Err(reason.at(rest.at()))
}
