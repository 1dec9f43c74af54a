//! A script with what is done around it, in an open transaction.

use std::time::Duration;

use super::super::error::During;
use super::super::session::PostgresSession;
use super::super::text::run_text;
use super::open::Open;
use crate::database::DatabaseError;
use crate::database::contract::Keeper;

/// Who works around a script, and what it needs to know.
pub(in crate::database::postgres) struct Kept<'a> {
    /// The schema of the set.
    pub home: &'a str,
    /// The longest wait for a lock.
    pub patience: Option<Duration>,
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
        let Self { home, patience, keeper } = self;
        let mut open = Open::enter(session, home, patience)?;
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
            run_part(session, text, from..until, &mut rows)?;
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

fn run_part(
    session: &PostgresSession,
    text: &str,
    part: std::ops::Range<usize>,
    rows: &mut Vec<u64>,
) -> Result<(), DatabaseError> {
    let (from, text) = (part.start, &text[part]);
    let done =
        session.interruptible(run_text(session.client(), text))?.map_err(|(done, error)| {
            let done = rows.len() + done;
            session.fail(&error, During::Part { text, from, done })
        })?;
    rows.extend(done);
    Ok(())
}
