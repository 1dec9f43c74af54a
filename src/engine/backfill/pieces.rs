//! The same look piece by piece, in the order of the key. Reading a whole file at once would keep
//! others from writing as long, where it has no write-ahead log.

use std::time::{Duration, Instant};

use super::compose::row;
use super::fault::BackfillFault;
use super::hand::Hand;
use super::shared::Ground;
use super::sweep::{Between, Swept};
use crate::database::{Answer, DatabaseError, Session};

/// How many rows the first piece has, and how long one is to take.
const FIRST: u64 = 2_000;
const LARGEST: u64 = 1_000_000;
const PIECE: Duration = Duration::from_millis(50);
/// How often a piece may have rows, and none of them be changed, before it is given up; others may
/// hold up commits.
const VAIN_LOOKS: u32 = 5;

impl Hand<'_> {
    /// Changes what matches in each piece until nothing does.
    pub(super) fn sweep_in_pieces(
        &mut self,
        session: &mut dyn Session,
        number: usize,
        between: &mut Between<'_>,
    ) -> Result<(), BackfillFault> {
        let ground = &self.shared.grounds[number];
        let key = row(&self.shared.composer.key);
        let (mut size, mut from): (u64, Option<String>) = (FIRST, None);
        loop {
            let began = Instant::now();
            let behind = from.as_ref().map_or("1 = 1".to_owned(), |it| format!("{key} > {it}"));
            let found =
                session.exchange(&[self.shared.composer.bound(&ground.relation, &behind, size)])?;
            let bound = found.first().and_then(Answer::value).map(str::to_owned);
            let until = bound.as_ref().map(|it| format!(" AND {key} <= {it}"));
            let piece = behind + &until.unwrap_or_default();
            let left = self.rows_of_piece(session, ground, &piece)?;
            size = next_size(size, began.elapsed());
            if !left.is_empty() {
                self.empty_piece(session, (number, &piece), left, between)?;
            }
            match bound {
                Some(bound) => from = Some(bound),
                None => return Ok(()),
            }
        }
    }

    fn empty_piece(
        &mut self,
        session: &mut dyn Session,
        (number, piece): (usize, &str),
        mut left: Vec<String>,
        between: &mut Between<'_>,
    ) -> Result<(), BackfillFault> {
        let mut vain = 0;
        while !left.is_empty() {
            let mut swept = Swept::default();
            self.change_all(session, number, &left, (between, &mut swept))?;
            left = self.rows_of_piece(session, &self.shared.grounds[number], piece)?;
            vain = if swept.dealt_with == 0 { vain + 1 } else { 0 };
            if vain > VAIN_LOOKS && !left.is_empty() {
                let table = self.shared.table.clone();
                return Err(BackfillFault::Stuck { table, count: left.len() as u64 });
            }
        }
        Ok(())
    }

    fn rows_of_piece(
        &self,
        session: &mut dyn Session,
        ground: &Ground,
        piece: &str,
    ) -> Result<Vec<String>, DatabaseError> {
        let which = format!("{piece} AND {}", self.not_refused(ground));
        let answers =
            session.exchange(&[self.shared.composer.addresses(&ground.relation, &which, None)])?;
        let rows = answers.into_iter().flat_map(|it| it.rows);
        Ok(rows.filter_map(|row| row.into_iter().next().flatten()).collect())
    }
}

/// At most twice as many rows, at least half.
fn next_size(size: u64, took: Duration) -> u64 {
    let size = if took > PIECE { size / 2 } else { size * 2 };
    size.clamp(1, LARGEST)
}
