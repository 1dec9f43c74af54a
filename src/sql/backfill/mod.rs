//! An UPDATE or DELETE that runs in batches: its parts, and whether it can.
//!
//! A batch is the same statement for some of the table's rows, in a transaction of its own, and sees
//! what the batches before it did. Where a run was interrupted a batch may be done again, and so
//! are the rows that match the condition at the end.

pub(super) mod parts;
mod postgres;
mod reads;
mod sqlite;
mod unsound;

pub use parts::Backfill;
use parts::Parts;
pub(super) use unsound::Fault;
pub use unsound::Unsound;

use super::script::{ChangedRows, RowChange};
use super::token::TokenKind;
use super::words::{Words, is_word};
use crate::model::Engine;

/// Reads an UPDATE or DELETE; `change` is what it does to its own table.
pub(super) fn read(words: Words<'_>, change: &RowChange) -> Result<Backfill, Fault> {
    let parts = match words.engine {
        Engine::Postgres => postgres::parts(words, &change.table)?,
        Engine::Sqlite => sqlite::parts(words, &change.table)?,
    };
    let columns = match &change.what {
        ChangedRows::Columns(columns) => Some(columns.clone()),
        ChangedRows::Rows | ChangedRows::Type { .. } => None,
    };
    if columns.is_some() {
        refuse_endless(words, &parts)?;
    }
    Ok(Backfill {
        table: change.table.clone(),
        only: change.only,
        deletes: columns.is_none(),
        with: parts.with,
        target: parts.target,
        alias: parts.alias,
        assignments: parts.assignments,
        columns: columns.unwrap_or_default(),
        others: parts.others,
        condition: parts.condition,
        order: Vec::new(),
    })
}

/// Refuses an UPDATE after which every row surely is as it was to its condition.
fn refuse_endless(words: Words<'_>, parts: &Parts) -> Result<(), Fault> {
    let Some(condition) = &parts.condition else {
        return Err(Unsound::NoCondition.at(parts.target.start));
    };
    let mut tokens = words.rest().iter().filter(|token| condition.contains(&token.start()));
    let is_constant = tokens.all(|token| match token.kind {
        TokenKind::Word => {
            let constants = ["TRUE", "FALSE", "NULL", "NOT", "AND", "OR", "IS"];
            constants.iter().any(|word| is_word(*token, words.text, word))
        }
        kind => kind != TokenKind::Quoted,
    });
    if is_constant { Err(Unsound::Constant.at(condition.start)) } else { Ok(()) }
}
