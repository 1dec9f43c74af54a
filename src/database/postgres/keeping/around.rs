//! A script with what is done around it, in an open transaction.

use std::ops::Range;
use std::time::Duration;

use super::super::error::During;
use super::super::gate::Gate;
use super::super::session::PostgresSession;
use super::super::text::{FailedPiece, may_be_cut, run_pieces, run_text};
use super::open::Open;
use crate::database::DatabaseError;
use crate::database::contract::Keeper;

/// Who works around a script, and what it needs to know.
pub(in crate::database::postgres) struct Kept<'a> {
    /// The schema of the set.
    pub home: &'a str,
    /// The longest wait for a lock.
    pub patience: Option<Duration>,
    /// The tables that the script will lock.
    pub gate: Gate,
    pub keeper: &'a mut dyn Keeper,
}

impl Kept<'_> {
    /// Runs the text in parts, with a pause where the keeper wants one. `ends` is where each of its
    /// statements ends, or any place before the next one begins.
    pub fn around(
        self,
        session: &PostgresSession,
        text: &str,
        ends: &[usize],
    ) -> Result<(), DatabaseError> {
        let Self { home, patience, gate, keeper } = self;
        let mut open = Open::enter(session, home, patience)?.with_gate(gate);
        keeper.before(&mut open)?;
        open.leave()?;
        let mut rows = Vec::new();
        let mut from = 0;
        // A pause before the first statement is none.
        let pauses = keeper.pauses().into_iter().filter(|index| *index > 0).map(Some);
        for pause in pauses.chain([None]) {
            let until = match pause {
                Some(index) => ends.get(index - 1).copied().unwrap_or(text.len()),
                None => text.len(),
            };
            run_part(session, (text, ends), from..until, &mut rows)?;
            from = until;
            if let Some(index) = pause {
                let mut open = Open::enter(session, home, patience)?;
                keeper.at_statement(index, &[], &mut open)?;
                open.leave()?;
            }
        }
        let mut open = Open::enter(session, home, patience)?;
        keeper.behind(&rows, &mut open)
    }
}

/// Runs a part of a script, and adds how many rows its statements touched. It goes in one message,
/// unless somebody asked when each of its statements is done.
pub(in crate::database::postgres) fn run_part(
    session: &PostgresSession,
    (text, ends): (&str, &[usize]),
    part: Range<usize>,
    rows: &mut Vec<u64>,
) -> Result<(), DatabaseError> {
    let first = rows.len();
    if session.clock.is_some() && may_be_cut(text) {
        let pieces = pieces(ends, &part);
        let done = session.interruptible(run_pieces(session, text, &pieces, first))?;
        let done = done.map_err(|FailedPiece { piece, finished, error }| {
            let (from, text) = (piece.start, &text[piece]);
            session.fail(&error, During::Part { text, from, done: first + finished })
        })?;
        rows.extend(done);
        return Ok(());
    }
    let (from, text) = (part.start, &text[part]);
    let done = session.interruptible(run_text(session, text))?.map_err(|(done, error)| {
        session.fail(&error, During::Part { text, from, done: first + done })
    })?;
    rows.extend(done);
    Ok(())
}

/// The statements of a part, each with what stands before it. What is behind the last one, a comment
/// say, is no statement.
fn pieces(ends: &[usize], part: &Range<usize>) -> Vec<Range<usize>> {
    let inner = ends.iter().copied().filter(|end| (part.start + 1..=part.end).contains(end));
    let mut from = part.start;
    inner.map(|end| std::mem::replace(&mut from, end)..end).collect()
}
