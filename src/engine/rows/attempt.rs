//! Trying until the database takes a row.

use super::filled::Refusal;
use super::statement::{Plan, Search};
use crate::database::{DatabaseError, Session};
use crate::engine::savepoint::{Undone, statement_error, undo_to};

/// So many rows a table gets.
const ROWS: u64 = 4;

/// So often a row is tried with other values that satisfy its conditions.
const ATTEMPTS: usize = 12;

/// So often a row is tried with values at random, where all else failed.
const GUESSES: usize = 60;

/// What came of a table's turn.
pub(super) enum Outcome {
    /// So many rows.
    Rows(u64),
    /// None, and why.
    Refused(Refusal),
    /// The whole transaction is gone.
    Lost(Refusal),
}

/// What came of one statement.
enum Tried {
    Inserted,
    /// The statement found nothing to insert.
    Nothing,
    Refused(Refusal),
    Lost(Refusal),
}

/// A table in its turn.
pub(super) struct Attempt<'a, 's> {
    pub session: &'s mut dyn Session,
    pub plan: Plan<'a>,
}

impl Attempt<'_, '_> {
    pub fn run(mut self) -> Result<Outcome, DatabaseError> {
        if let Some(refusal) = self.narrow()? {
            return Ok(Outcome::Lost(refusal));
        }
        let (mut made, mut start, mut last) = (0, 0, None);
        while made < ROWS {
            match self.row(start, made)? {
                Row::Made(next) => {
                    made += 1;
                    start = next;
                }
                Row::Refused(refusal) => {
                    last = Some(refusal);
                    break;
                }
                Row::Lost(refusal) => return Ok(Outcome::Lost(refusal)),
            }
        }
        Ok(match last {
            Some(refusal) if made == 0 => Outcome::Refused(refusal),
            _ => Outcome::Rows(made),
        })
    }

    /// One row; the next one starts where this one says. Every other row has NULL where that is
    /// needed for the values asked for, rather than other values, and leaves nothing to defaults.
    fn row(&mut self, start: usize, made: u64) -> Result<Row, DatabaseError> {
        let (null_cost, with_defaults) = if made % 2 == 1 { (3, true) } else { (10_000, false) };
        let mut last = None;
        let is_whole = self.plan.groups().iter().all(|group| self.plan.is_whole(group));
        for from in start..start + ATTEMPTS {
            // Columns of a row differ, and so do the rows where there are only two candidates.
            let start = Box::new(move |column| from + from / 2 + 3 * column);
            let search = Search { start, null_cost, with_checks: true, with_defaults };
            match self.insert(&search)? {
                Tried::Inserted => return Ok(Row::Made(from + 1)),
                Tried::Lost(refusal) => return Ok(Row::Lost(refusal)),
                Tried::Refused(refusal) => last = Some(refusal),
                Tried::Nothing if is_whole => break,
                Tried::Nothing => {}
            }
        }
        for seed in 0..if made == 0 { GUESSES } else { 0 } {
            let search = Search {
                start: Box::new(move |column| scattered(seed, column)),
                null_cost,
                with_checks: last.is_some() && seed % 2 == 0,
                with_defaults: seed % 4 < 2,
            };
            match self.insert(&search)? {
                Tried::Inserted => return Ok(Row::Made(start + 1)),
                Tried::Lost(refusal) => return Ok(Row::Lost(refusal)),
                Tried::Refused(refusal) => last = Some(refusal),
                Tried::Nothing => {}
            }
        }
        let refusal = match last {
            Some(refusal) => refusal,
            None => self.explain()?,
        };
        Ok(Row::Refused(refusal))
    }

    fn insert(&mut self, search: &Search) -> Result<Tried, DatabaseError> {
        let sql = self.plan.insert(search);
        self.within_savepoint(&sql)
    }

    fn within_savepoint(&mut self, sql: &str) -> Result<Tried, DatabaseError> {
        self.session.try_statement("SAVEPOINT turnback_row")?;
        match self.session.try_statement(sql) {
            Ok(rows) => {
                self.session.try_statement("RELEASE SAVEPOINT turnback_row")?;
                Ok(if rows.rows.is_empty() { Tried::Nothing } else { Tried::Inserted })
            }
            Err(error) => {
                let refusal = Refusal::of(&statement_error(error)?);
                Ok(match undo_to(self.session, "turnback_row")? {
                    Undone::Savepoint => Tried::Refused(refusal),
                    Undone::Trial => Tried::Lost(refusal),
                })
            }
        }
    }

    /// Leaves out the candidates that are no values of their type, and those that a condition on
    /// their column alone refuses.
    fn narrow(&mut self) -> Result<Option<Refusal>, DatabaseError> {
        for column in 0..self.plan.candidates.len() {
            let all = std::mem::take(&mut self.plan.candidates[column]);
            let fitting = match self.survivors(column, &all)? {
                // Where a condition leaves none, the database tells better which one.
                Ok(survivors) if survivors.is_empty() => all,
                Ok(survivors) => survivors.into_iter().map(|index| all[index].clone()).collect(),
                Err(Tried::Lost(refusal)) => return Ok(Some(refusal)),
                // One that a type or a condition cannot even read spoils it for all.
                Err(_) => {
                    let fitting = self.kept(&all, |plan, it| plan.filter(column, it))?;
                    if fitting.is_empty() {
                        self.kept(&all, |_, it| format!("SELECT {}", it[0]))?
                    } else {
                        fitting
                    }
                }
            };
            self.plan.candidates[column] = fitting;
        }
        Ok(None)
    }

    /// The candidates for each of which a query finds a row.
    fn kept(
        &mut self,
        all: &[String],
        query: impl Fn(&Plan<'_>, &[String]) -> String,
    ) -> Result<Vec<String>, DatabaseError> {
        let mut kept = Vec::new();
        for candidate in all {
            let query = query(&self.plan, std::slice::from_ref(candidate));
            if matches!(self.within_savepoint(&query)?, Tried::Inserted) {
                kept.push(candidate.clone());
            }
        }
        Ok(kept)
    }

    fn survivors(
        &mut self,
        column: usize,
        all: &[String],
    ) -> Result<Result<Vec<usize>, Tried>, DatabaseError> {
        if all.is_empty() {
            return Ok(Ok(Vec::new()));
        }
        let sql = self.plan.filter(column, all);
        self.session.try_statement("SAVEPOINT turnback_row")?;
        match self.session.try_statement(&sql) {
            Ok(rows) => {
                self.session.try_statement("RELEASE SAVEPOINT turnback_row")?;
                let index = |row: &Vec<Option<String>>| row.first()?.as_ref()?.parse().ok();
                Ok(Ok(rows.rows.iter().filter_map(index).collect()))
            }
            Err(error) => {
                let refusal = Refusal::of(&statement_error(error)?);
                Ok(Err(match undo_to(self.session, "turnback_row")? {
                    Undone::Savepoint => Tried::Refused(refusal),
                    Undone::Trial => Tried::Lost(refusal),
                }))
            }
        }
    }

    /// Which columns found no values that go together.
    fn explain(&mut self) -> Result<Refusal, DatabaseError> {
        let start = Box::new(|_| 0);
        let search = Search { start, null_cost: 0, with_checks: true, with_defaults: true };
        for group in self.plan.groups() {
            let sql = self.plan.select(&group, &search);
            if !matches!(self.within_savepoint(&sql)?, Tried::Inserted) {
                return Ok(Refusal { reason: self.plan.blame(&group), code: None });
            }
        }
        let reason = "the database took no row and said nothing, as a trigger can".to_owned();
        Ok(Refusal { reason, code: None })
    }
}

/// What came of one row.
enum Row {
    Made(usize),
    Refused(Refusal),
    Lost(Refusal),
}

/// The same number for the same two, and otherwise any.
fn scattered(seed: usize, column: usize) -> usize {
    let mixed = (seed as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ (column as u64 + 1).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    usize::try_from((mixed ^ (mixed >> 31)) % 997).unwrap_or_default()
}
