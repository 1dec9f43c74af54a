//! One connection at work: it takes a part, and does it batch by batch.

use std::time::{Duration, Instant};

use super::fault::{BackfillFault, Meaning, STRAINED_PAUSE, STRAINED_TRIES, meaning};
use super::record::{Advance, Claimant, Unit, unit};
use super::restraint::Restraint;
use super::shared::{Batch, Density, Shared};
use crate::database::{DatabaseError, Session};
use crate::model::Engine;

/// How often a batch that cannot be smaller is tried before the rest is left to the sweep.
const LOCKED_TRIES: u32 = 3;
/// How long a batch may wait for a lock: as long as it is planned to take.
pub(super) const LOCK_WAIT: Duration = Duration::from_millis(200);
/// How long others get to write in SQLite, as a share of what a batch took.
const TURN: f64 = 0.4;
const SHORTEST_TURN: Duration = Duration::from_millis(5);
const LONGEST_TURN: Duration = Duration::from_millis(110);
/// How long a statement may take at first; where it cannot be smaller, it gets longer.
const PATIENCE: Duration = Duration::from_secs(2);
const LONGEST_PATIENCE: Duration = Duration::from_mins(2);

/// What came of a look for work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Did {
    /// A batch, or a try of one.
    Work,
    /// Nothing, because it is held back.
    Waited,
    /// Nothing: no part is left to take.
    Nothing,
}

/// A worker.
pub(super) struct Hand<'a> {
    pub shared: &'a Shared,
    /// Its number among its runner's, from 0.
    pub number: usize,
    pub me: Claimant,
    unit: Option<Unit>,
    pub(super) density: Density,
    /// How often the present batch was tried in vain.
    tries: u32,
    patience: Duration,
}

impl<'a> Hand<'a> {
    /// Introduces itself.
    pub fn new(
        shared: &'a Shared,
        number: usize,
        session: &mut dyn Session,
    ) -> Result<Self, DatabaseError> {
        let me = match shared.store.engine() {
            Engine::Postgres => {
                let asked =
                    session.exchange(&["SELECT pid, extract(epoch FROM backend_start) \
                     FROM pg_stat_activity WHERE pid = pg_backend_pid()"
                        .to_owned()])?;
                let row = asked.first().and_then(|it| it.rows.first());
                let text = |n: usize| row.and_then(|row| row.get(n).cloned()).flatten();
                Claimant {
                    pid: text(0).and_then(|it| it.parse().ok()).unwrap_or_default(),
                    since: text(1).unwrap_or_default(),
                }
            }
            Engine::Sqlite => Claimant { pid: i64::from(std::process::id()), since: String::new() },
        };
        Ok(Self {
            shared,
            number,
            me,
            unit: None,
            density: Density::Dense,
            tries: 0,
            patience: PATIENCE,
        })
    }

    /// Does the next batch.
    pub fn step(&mut self, session: &mut dyn Session) -> Result<Did, BackfillFault> {
        let (size, pace, holds) = {
            let control = self.shared.control();
            (control.size(), control.pace(), control.holds())
        };
        if holds {
            return Ok(Did::Waited);
        }
        if self.number >= pace.0 {
            // It may be long before it is let in again.
            if self.unit.is_some() {
                self.leave(session)?;
            }
            return Ok(Did::Waited);
        }
        if self.unit.is_none() {
            let relations = self.shared.grounds.len();
            let claim = self.shared.store.claim_sql(self.shared.job, relations, &self.me);
            self.unit = session.exchange(&[claim])?.first().and_then(unit);
            if let Some(unit) = self.unit.clone() {
                self.density = self.look_ahead(session, &unit)?;
            }
        }
        let Some(unit) = self.unit.clone() else { return Ok(Did::Nothing) };
        if self.density == Density::Empty {
            let advance = Advance { next: unit.last.clone(), pass: unit.pass, done: true };
            let nothing = Batch { which: String::new(), size: 0, advance };
            self.skip(session, &unit, &nothing)?;
            return Ok(Did::Work);
        }
        let batch = self.batch(session, &unit, size)?;
        let began = Instant::now();
        self.attempt(session, &unit, &batch)?;
        if !pace.1.is_zero() {
            self.shared.pause(pace.1);
        }
        if !batch.advance.done {
            self.give_turn(began.elapsed());
        }
        Ok(Did::Work)
    }

    /// Whether it has taken a part.
    pub const fn is_at_work(&self) -> bool {
        self.unit.is_some()
    }

    /// Lets others write behind a transaction that took so long. SQLite keeps no queue: who waits
    /// looks now and then, less often the longer it has waited (`sqliteDefaultBusyCallback`), and
    /// with this pause comes to look while nobody writes.
    pub(super) fn give_turn(&self, took: Duration) {
        if self.shared.store.engine() == Engine::Sqlite && !self.shared.stops() {
            self.shared.pause(took.mul_f64(TURN).clamp(SHORTEST_TURN, LONGEST_TURN));
        }
    }

    /// Gives back what it has taken.
    pub fn leave(&mut self, session: &mut dyn Session) -> Result<(), DatabaseError> {
        self.unit = None;
        session.exchange(&[self.shared.store.release_sql(self.shared.job, &self.me)])?;
        Ok(())
    }

    fn attempt(
        &mut self,
        session: &mut dyn Session,
        unit: &Unit,
        batch: &Batch,
    ) -> Result<(), BackfillFault> {
        let began = Instant::now();
        let outcome = self.change(session, self.ground(unit), &batch.which).and_then(|rows| {
            let Some(rows) = rows else { return Ok(None) };
            let ours = self.commit(session, unit, &batch.advance, rows)?;
            Ok(Some((rows, ours)))
        });
        let took = began.elapsed();
        match outcome {
            Ok(None) => {
                session.abandon();
                self.take_apart(session, unit, batch)
            }
            Ok(Some((rows, true))) => {
                self.count(rows, batch.size, took);
                self.pass_on(unit, &batch.advance);
                Ok(())
            }
            // Somebody took the part for left.
            Ok(Some((_, false))) => {
                self.unit = None;
                Ok(())
            }
            Err(error) => {
                session.abandon();
                self.failed(session, unit, batch, error)
            }
        }
    }

    fn pass_on(&mut self, unit: &Unit, advance: &Advance) {
        (self.tries, self.patience) = (0, PATIENCE);
        self.unit = (!advance.done).then(|| Unit {
            next: advance.next.clone(),
            pass: advance.pass,
            ..unit.clone()
        });
    }

    pub fn count(&self, rows: u64, size: u64, took: Duration) {
        if size > 0 {
            self.shared.control().worked(size, rows, took);
        }
        let mut tally = self.shared.tally();
        tally.rows += rows;
        tally.batches += 1;
        tally.done += size;
        tally.longest = tally.longest.max(took);
    }

    fn commit(
        &self,
        session: &mut dyn Session,
        unit: &Unit,
        advance: &Advance,
        rows: u64,
    ) -> Result<bool, DatabaseError> {
        let store = &self.shared.store;
        let advance = store.advance_sql((self.shared.job, &self.me), unit, advance, rows);
        let moved = session.exchange(&[advance])?;
        if moved.first().is_some_and(|it| it.touched == 1) {
            session.exchange(&["COMMIT".to_owned()])?;
            return Ok(true);
        }
        session.abandon();
        Ok(false)
    }

    /// What a batch does that failed.
    fn failed(
        &mut self,
        session: &mut dyn Session,
        unit: &Unit,
        batch: &Batch,
        error: DatabaseError,
    ) -> Result<(), BackfillFault> {
        if self.shared.interrupt.is_raised() {
            return Err(DatabaseError::Interrupted.into());
        }
        let now = self.shared.began.elapsed();
        self.tries += 1;
        self.shared.tally().retries += 1;
        let smallest = self.is_smallest(batch);
        match meaning(&error) {
            // A smaller batch would wait for the same readers as long.
            Meaning::Locked if self.shared.store.engine() == Engine::Sqlite => {
                self.shared.pause(LOCK_WAIT.mul_f64(fastrand::f64()));
                Ok(())
            }
            Meaning::Locked => {
                self.shared.control().pressed(Some(Restraint::RowLocks), now);
                if smallest && self.tries > LOCKED_TRIES {
                    // The rest is left to the sweep.
                    self.skip(session, unit, batch)?;
                } else {
                    self.shared.pause(LOCK_WAIT.mul_f64(fastrand::f64()));
                }
                Ok(())
            }
            Meaning::TooLong if smallest && self.patience >= LONGEST_PATIENCE => Err(error.into()),
            Meaning::TooLong => {
                self.shared.control().pressed(None, now);
                if smallest {
                    self.patience = (self.patience * 2).min(LONGEST_PATIENCE);
                }
                Ok(())
            }
            Meaning::Strained if self.tries <= STRAINED_TRIES => {
                self.shared.control().pressed(None, now);
                self.shared.pause(STRAINED_PAUSE * self.tries);
                Ok(())
            }
            Meaning::Row => self.take_apart(session, unit, batch),
            Meaning::Gone | Meaning::Strained | Meaning::All => Err(error.into()),
        }
    }

    fn is_smallest(&self, batch: &Batch) -> bool {
        match batch.size {
            // How many rows are left of the last one is not known.
            0 => self.shared.control().size() <= 1,
            size => size == 1,
        }
    }

    /// Does less at once where some row of a batch does not do as the others, in the end row by row.
    fn take_apart(
        &mut self,
        session: &mut dyn Session,
        unit: &Unit,
        batch: &Batch,
    ) -> Result<(), BackfillFault> {
        if self.is_smallest(batch) {
            return self.one_by_one(session, unit, batch);
        }
        let now = self.shared.began.elapsed();
        self.shared.control().pressed(None, now);
        Ok(())
    }

    /// Goes on behind a batch without having done it.
    pub(super) fn skip(
        &mut self,
        session: &mut dyn Session,
        unit: &Unit,
        batch: &Batch,
    ) -> Result<(), BackfillFault> {
        loop {
            let begun = session.exchange(&self.begin());
            match begun.and_then(|_| self.commit(session, unit, &batch.advance, 0)) {
                Ok(true) => self.pass_on(unit, &batch.advance),
                Ok(false) => self.unit = None,
                Err(error) if meaning(&error) == Meaning::Locked => {
                    session.abandon();
                    self.shared.pause(LOCK_WAIT.mul_f64(fastrand::f64()));
                    continue;
                }
                Err(error) => {
                    session.abandon();
                    return Err(error.into());
                }
            }
            return Ok(());
        }
    }

    /// What a batch's transaction begins with. What it changes must not be hidden from it, and how
    /// long it may take is its own affair.
    pub(super) fn begin(&self) -> Vec<String> {
        match self.shared.store.engine() {
            Engine::Sqlite => vec!["BEGIN IMMEDIATE".to_owned()],
            Engine::Postgres => vec![
                "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE".to_owned(),
                format!("SET LOCAL lock_timeout = {}", LOCK_WAIT.as_millis()),
                format!("SET LOCAL statement_timeout = {}", self.patience.as_millis()),
                "SET LOCAL idle_in_transaction_session_timeout = 0".to_owned(),
                "SET LOCAL row_security = off".to_owned(),
                "SET LOCAL jit = off".to_owned(),
            ],
        }
    }
}
