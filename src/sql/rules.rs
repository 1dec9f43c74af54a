//! What a script may not do: begin or end the transaction it runs in.

use super::error::{ScriptError, Source};
use super::script::{StatementKind, TransactionMode};
use super::words::Words;
use crate::model::Engine;

/// A statement about the transaction itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Control {
    /// Begins or ends the transaction.
    Boundary(&'static str),
    /// Works inside a transaction and needs one.
    Savepoint(&'static str),
}

/// Refuses statements that would take the transaction out of turnback's hands.
pub(super) fn refuse_control(
    source: &Source<'_>,
    mode: TransactionMode,
    words: Words<'_>,
) -> Result<(), ScriptError> {
    let at = words.peek().map_or(0, super::token::Token::start);
    match (control(words), mode) {
        (None, _) | (Some(Control::Savepoint(_)), TransactionMode::Single) => Ok(()),
        (Some(Control::Boundary(statement)), _) => {
            Err(ScriptError::TransactionControl { statement, place: source.place(at) })
        }
        (Some(Control::Savepoint(statement)), TransactionMode::Off) => {
            Err(ScriptError::SavepointWithoutTransaction { statement, place: source.place(at) })
        }
    }
}

fn control(mut words: Words<'_>) -> Option<Control> {
    const BOUNDARIES: [&str; 4] = ["BEGIN", "COMMIT", "END", "ABORT"];
    if let Some(word) = BOUNDARIES.into_iter().find(|word| words.is(word)) {
        return Some(Control::Boundary(word));
    }
    if words.eat_all(&["START", "TRANSACTION"]) {
        return Some(Control::Boundary("START TRANSACTION"));
    }
    if words.engine == Engine::Postgres && words.eat_all(&["PREPARE", "TRANSACTION"]) {
        return Some(Control::Boundary("PREPARE TRANSACTION"));
    }
    if words.eat("ROLLBACK") {
        words.eat_any(&["WORK", "TRANSACTION"]);
        let to_savepoint = words.is("TO");
        return Some(if to_savepoint {
            Control::Savepoint("ROLLBACK TO SAVEPOINT")
        } else {
            Control::Boundary("ROLLBACK")
        });
    }
    ["SAVEPOINT", "RELEASE"].into_iter().find(|word| words.is(word)).map(Control::Savepoint)
}

/// Refuses in a transaction what cannot run in one.
pub(super) fn refuse_in_transaction(
    source: &Source<'_>,
    mode: TransactionMode,
    kind: &StatementKind,
    statement: &str,
    at: usize,
) -> Result<(), ScriptError> {
    if kind.runs_alone() && mode == TransactionMode::Single {
        let statement = statement.to_owned();
        return Err(ScriptError::NeedsNoTransaction { statement, place: source.place(at) });
    }
    Ok(())
}

/// Refuses what could be done twice: when a run is interrupted, nobody can tell whether an index
/// without a known name was built.
pub(super) fn refuse_unnamed_index(
    source: &Source<'_>,
    kind: &StatementKind,
    at: usize,
) -> Result<(), ScriptError> {
    if matches!(kind, StatementKind::CreateIndexConcurrently { index: None, .. }) {
        return Err(ScriptError::UnnamedConcurrentIndex { place: source.place(at) });
    }
    Ok(())
}
