//! What the parts have left: rows that others moved or made meanwhile, and those that were locked.
//!
//! The ranges are fixed when a backfill begins, and a row may be moved out of one before it is
//! reached, and into one that is done. So it ends only when a look at the whole table, in one
//! snapshot, finds no row that matches.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::change::One;
use super::fault::{BackfillFault, Meaning, meaning};
use super::hand::{Hand, LOCK_WAIT};
use super::restraint::Restraint;
use super::store::Which;
use crate::database::{Answer, DatabaseError, Session};
use crate::model::Engine;

/// How many rows one look brings.
const ROWS_A_LOOK: usize = 10_000;
/// How often a look may find rows, and none of them be changed, before it is given up.
const VAIN_LOOKS: u32 = 5;
/// The pause behind such a look.
const VAIN_PAUSE: Duration = Duration::from_millis(500);
/// How often it is looked whether work that is held back may go on.
const HELD_PAUSE: Duration = Duration::from_millis(50);

/// Between batches: looks at what the server suffers and what operators want.
pub(super) type Between<'a> = dyn FnMut(&mut dyn Session) -> Result<(), BackfillFault> + 'a;

/// What came of changing what a look has found.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Swept {
    /// Rows that were changed, and those that turned out not to be changeable.
    pub dealt_with: u64,
    /// Rows that others hold.
    pub locked: u64,
}

impl Hand<'_> {
    /// Changes what matches until nothing does. Returns how many rows cannot be changed.
    pub(super) fn sweep(
        &mut self,
        session: &mut dyn Session,
        between: &mut Between<'_>,
    ) -> Result<u64, BackfillFault> {
        self.retry_refused(session)?;
        match self.shared.store.engine() {
            Engine::Postgres => self.sweep_at_once(session, between)?,
            Engine::Sqlite => {
                for number in 0..self.shared.grounds.len() {
                    self.sweep_in_pieces(session, number, between)?;
                }
            }
        }
        let counted = session.exchange(&[format!(
            "SELECT count(*) FROM {} WHERE backfill = {}",
            self.shared.store.table(Which::Refused),
            self.shared.job
        )])?;
        Ok(counted.first().and_then(Answer::value).and_then(|it| it.parse().ok()).unwrap_or(0))
    }

    /// A look takes in the whole table.
    fn sweep_at_once(
        &mut self,
        session: &mut dyn Session,
        between: &mut Between<'_>,
    ) -> Result<(), BackfillFault> {
        let mut vain = 0;
        loop {
            self.wait_for_leave(session, between)?;
            let left = match self.look(session) {
                Err(error) if meaning(&error) == Meaning::Locked => {
                    self.wait_for_locks();
                    continue;
                }
                left => left?,
            };
            if left.is_empty() {
                return Ok(());
            }
            let mut swept = Swept::default();
            for (number, rows) in &left {
                self.change_all(session, *number, rows, (between, &mut swept))?;
            }
            vain = if swept.dealt_with == 0 && swept.locked == 0 { vain + 1 } else { 0 };
            if vain > VAIN_LOOKS {
                let table = self.shared.table.clone();
                let count = left.values().map(|rows| rows.len() as u64).sum();
                return Err(BackfillFault::Stuck { table, count });
            }
            self.shared.pause(VAIN_PAUSE * vain);
            if swept.dealt_with == 0 && swept.locked > 0 {
                self.wait_for_locks();
            }
        }
    }

    /// Looks around, and waits as long as nothing is to be done for now.
    fn wait_for_leave(
        &self,
        session: &mut dyn Session,
        between: &mut Between<'_>,
    ) -> Result<(), BackfillFault> {
        loop {
            if self.shared.stops() {
                return Err(DatabaseError::Interrupted.into());
            }
            between(session)?;
            if !self.shared.control().holds() {
                return Ok(());
            }
            self.shared.pause(HELD_PAUSE);
        }
    }

    fn wait_for_locks(&self) {
        let now = self.shared.began.elapsed();
        self.shared.control().pressed(Some(Restraint::RowLocks), now);
        self.shared.pause(VAIN_PAUSE);
    }

    /// Rows that failed may have been mended since.
    fn retry_refused(&self, session: &mut dyn Session) -> Result<(), BackfillFault> {
        session.exchange(&[format!(
            "DELETE FROM {} WHERE backfill = {}",
            self.shared.store.table(Which::Refused),
            self.shared.job
        )])?;
        Ok(())
    }

    /// Rows that still match, by the number of their relation: one snapshot of them all, since a row
    /// may be moved from one partition to another. How long it takes is a matter of the table's size.
    fn look(
        &self,
        session: &mut dyn Session,
    ) -> Result<BTreeMap<usize, Vec<String>>, DatabaseError> {
        let grounds = self.shared.grounds.iter().enumerate().filter(|(_, ground)| !ground.gone);
        let looks = grounds.map(|(number, ground)| {
            let left_out = self.not_refused(ground);
            let rows =
                self.shared.composer.addresses(&ground.relation, &left_out, Some(ROWS_A_LOOK));
            format!("SELECT {number}, turnback_at FROM ({rows}) AS turnback_{number}")
        });
        let looks: Vec<String> = looks.collect();
        if looks.is_empty() {
            return Ok(BTreeMap::new());
        }
        let sql = format!("{} LIMIT {ROWS_A_LOOK}", looks.join(" UNION ALL "));
        let mut all = self.begin();
        all.extend(["SET LOCAL statement_timeout = 0".to_owned(), sql, "COMMIT".to_owned()]);
        let answers = session.exchange(&all).inspect_err(|_| session.abandon())?;
        let mut found: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for row in answers.into_iter().flat_map(|it| it.rows) {
            let mut row = row.into_iter().flatten();
            if let (Some(Ok(number)), Some(address)) = (row.next().map(|it| it.parse()), row.next())
            {
                found.entry(number).or_default().push(address);
            }
        }
        Ok(found)
    }

    /// Changes rows by their addresses, a batch at a time; a batch that fails row by row.
    pub(super) fn change_all(
        &mut self,
        session: &mut dyn Session,
        number: usize,
        left: &[String],
        (between, swept): (&mut Between<'_>, &mut Swept),
    ) -> Result<(), BackfillFault> {
        const BATCH: usize = 200;
        let size = match self.shared.store.engine() {
            Engine::Postgres => BATCH,
            Engine::Sqlite => {
                usize::try_from(self.shared.control().size()).unwrap_or(BATCH).clamp(1, BATCH)
            }
        };
        let ground = &self.shared.grounds[number];
        let address = &self.shared.composer.address;
        for batch in left.chunks(size) {
            self.wait_for_leave(session, between)?;
            let began = Instant::now();
            let which = match self.shared.store.engine() {
                Engine::Postgres => {
                    format!("{address} = ANY (ARRAY[{}])", batch.join(", "))
                }
                Engine::Sqlite => {
                    let rows = if self.shared.composer.key.len() > 1 {
                        format!("(VALUES {})", batch.join(", "))
                    } else {
                        format!("({})", batch.join(", "))
                    };
                    format!("{address} IN {rows}")
                }
            };
            let count = |rows| self.shared.store.count_sql(self.shared.job, None, rows);
            let outcome = self.change(session, ground, &which).and_then(|rows| {
                if let Some(rows) = rows {
                    session.exchange(&[count(rows), "COMMIT".to_owned()])?;
                }
                Ok(rows)
            });
            match outcome {
                Ok(Some(rows)) => {
                    self.count(rows, 0, began.elapsed());
                    swept.dealt_with += rows;
                }
                Ok(None) => {
                    session.abandon();
                    self.change_each(session, number, batch, swept)?;
                }
                Err(error) => {
                    session.abandon();
                    if self.shared.interrupt.is_raised() {
                        return Err(DatabaseError::Interrupted.into());
                    }
                    let alone = self.shared.store.engine() == Engine::Sqlite;
                    if alone && meaning(&error) == Meaning::Locked {
                        // Readers hold up the commit, whichever rows it is of.
                        self.shared.pause(LOCK_WAIT);
                        continue;
                    }
                    if !matches!(meaning(&error), Meaning::Row | Meaning::Locked | Meaning::TooLong)
                    {
                        return Err(error.into());
                    }
                    self.change_each(session, number, batch, swept)?;
                }
            }
            self.give_turn(began.elapsed());
        }
        Ok(())
    }

    fn change_each(
        &mut self,
        session: &mut dyn Session,
        number: usize,
        batch: &[String],
        swept: &mut Swept,
    ) -> Result<(), BackfillFault> {
        let address = &self.shared.composer.address;
        for row in batch {
            let which = format!("{address} = {row}");
            match self.change_one(session, (number, None), &which)? {
                One::Changed | One::Listed => swept.dealt_with += 1,
                One::Locked => swept.locked += 1,
                One::Unchanged => {}
            }
        }
        Ok(())
    }
}
