//! Changing rows: the transaction of a batch up to its record, and rows that will not be changed.

use super::compose::Composer;
use super::fault::{BackfillFault, Meaning, meaning};
use super::hand::{Hand, LOCK_WAIT};
use super::record::Unit;
use super::shared::{Batch, Ground};
use super::store::Which;
use crate::database::{Answer, DatabaseError, Session};
use crate::engine::backup::Journal;
use crate::model::Engine;

/// So many rows that cannot be changed are no exceptions.
const MOST_REFUSED: u64 = 1_000;

/// What came of changing a row by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum One {
    Changed,
    /// It is no longer there, or does not match, or something keeps it as it is.
    Unchanged,
    /// It cannot be changed, and is on the list.
    Listed,
    /// Others hold it.
    Locked,
}

impl Hand<'_> {
    /// Changes rows of a relation, in a transaction that is left open; returns how many, or nothing
    /// where something keeps rows as they are that were written down. Rows that others change at the
    /// same moment are locked first.
    pub(super) fn change(
        &self,
        session: &mut dyn Session,
        ground: &Ground,
        which: &str,
    ) -> Result<Option<u64>, DatabaseError> {
        match (&ground.journal, self.shared.store.engine()) {
            (None, _) => {
                let statement = self.shared.composer.statement(&ground.relation, which, "");
                self.touched(session, vec![statement]).map(Some)
            }
            (Some(journal), Engine::Sqlite) => {
                self.change_noted(session, ground, which, journal).map(Some)
            }
            (Some(journal), Engine::Postgres) => {
                let of = |locked| {
                    self.shared.composer.journalled(&ground.relation, which, journal, locked)
                };
                if let Some(rows) = self.change_journalled(session, of(false))? {
                    return Ok(Some(rows));
                }
                session.abandon();
                self.change_journalled(session, of(true))
            }
        }
    }

    /// The last statement's rows.
    fn touched(
        &self,
        session: &mut dyn Session,
        statements: Vec<String>,
    ) -> Result<u64, DatabaseError> {
        let mut all = self.begin();
        all.extend(statements);
        Ok(session.exchange(&all)?.last().map_or(0, |it| it.touched))
    }

    /// How many rows were changed, if these are those that were written down.
    fn change_journalled(
        &self,
        session: &mut dyn Session,
        statements: Vec<String>,
    ) -> Result<Option<u64>, DatabaseError> {
        let mut all = self.begin();
        all.extend(statements);
        let answers = session.exchange(&all)?;
        let count = |answer: Option<&Answer>| -> Option<u64> { answer?.value()?.parse().ok() };
        let (noted, changed) = (count(answers.iter().rev().nth(1)), count(answers.last()));
        Ok(changed.filter(|_| noted == changed))
    }

    fn change_noted(
        &self,
        session: &mut dyn Session,
        ground: &Ground,
        which: &str,
        journal: &Journal,
    ) -> Result<u64, DatabaseError> {
        let mut all = self.begin();
        all.push(format!("SELECT coalesce(max({}), 0) FROM {}", journal.address(), journal.before));
        let from = session.exchange(&all)?;
        let from = from.last().and_then(Answer::value).unwrap_or("0").to_owned();
        let composer: &Composer = &self.shared.composer;
        let [before, behind] = composer.noted(&ground.relation, which, journal, &from);
        let statement = composer.statement(&ground.relation, which, "");
        let answers = session.exchange(&[before, statement, behind])?;
        let count = |index: usize| answers.get(index).map_or(0, |it| it.touched);
        if count(1) > count(0) {
            return Err(DatabaseError::Unexpected(format!(
                "{}: rows were changed that were not written down; the condition is not the same \
                 each time",
                ground.relation.name
            )));
        }
        Ok(count(1))
    }

    /// Changes the rows of a batch each by itself, and lists those that cannot be changed.
    pub(super) fn one_by_one(
        &mut self,
        session: &mut dyn Session,
        unit: &Unit,
        batch: &Batch,
    ) -> Result<(), BackfillFault> {
        let ground = &self.shared.grounds[unit.relation];
        for which in self.rows_of(session, ground, &batch.which)? {
            self.change_one(session, (unit.relation, Some(unit)), &which)?;
        }
        self.skip(session, unit, batch)
    }

    /// What finds each row that matches, one by one.
    pub(super) fn rows_of(
        &self,
        session: &mut dyn Session,
        ground: &Ground,
        which: &str,
    ) -> Result<Vec<String>, DatabaseError> {
        let composer = &self.shared.composer;
        let which = format!("{which} AND {}", self.not_refused(ground));
        let rows = session.exchange(&[composer.addresses(&ground.relation, &which, None)])?;
        let rows = rows.into_iter().flat_map(|it| it.rows);
        let addresses = rows.filter_map(|row| row.into_iter().next().flatten());
        Ok(addresses.map(|it| format!("{} = {it}", composer.address)).collect())
    }

    /// Changes one row, or lists it. One that others hold is left to a later look.
    pub(super) fn change_one(
        &self,
        session: &mut dyn Session,
        (relation, unit): (usize, Option<&Unit>),
        which: &str,
    ) -> Result<One, BackfillFault> {
        let ground = &self.shared.grounds[relation];
        let store = &self.shared.store;
        let outcome = self.change(session, ground, which).and_then(|rows| {
            if let Some(rows) = rows {
                let count = store.count_sql(self.shared.job, unit, rows);
                session.exchange(&[count, "COMMIT".to_owned()])?;
            }
            Ok(rows)
        });
        match outcome {
            Ok(None) => {
                session.abandon();
                Ok(One::Unchanged)
            }
            Ok(Some(rows)) => {
                self.shared.tally().rows += rows;
                Ok(if rows > 0 { One::Changed } else { One::Unchanged })
            }
            Err(error) => {
                session.abandon();
                if self.shared.interrupt.is_raised() {
                    return Err(DatabaseError::Interrupted.into());
                }
                match meaning(&error) {
                    Meaning::Locked if store.engine() == Engine::Sqlite => {
                        self.shared.pause(LOCK_WAIT);
                        self.change_one(session, (relation, unit), which)
                    }
                    Meaning::Row => {
                        self.list(session, relation, which, &error).map(|()| One::Listed)
                    }
                    Meaning::Locked => Ok(One::Locked),
                    _ => Err(error.into()),
                }
            }
        }
    }

    fn list(
        &self,
        session: &mut dyn Session,
        relation: usize,
        which: &str,
        error: &DatabaseError,
    ) -> Result<(), BackfillFault> {
        let (shared, ground) = (self.shared, &self.shared.grounds[relation]);
        let (table, literal) =
            (shared.store.table(Which::Refused), |it: &str| shared.store.literal(it));
        let entry = format!(
            "INSERT INTO {table} (backfill, relation, row_key, shown, code, message) \
             SELECT {}, {relation}, {}, {}, {}, {} FROM {} WHERE {which} ON CONFLICT DO NOTHING",
            shared.job,
            ground.row_key,
            ground.row_shown,
            literal(error.code().unwrap_or_default()),
            literal(&error.to_string()),
            shared.composer.target(&ground.relation),
        );
        let count = format!("SELECT count(*) FROM {table} WHERE backfill = {}", shared.job);
        let answers = session.exchange(&[entry, count])?;
        let count: u64 =
            answers.last().and_then(Answer::value).and_then(|it| it.parse().ok()).unwrap_or(0);
        if count > MOST_REFUSED { Err(self.rows_fault(session, count)?) } else { Ok(()) }
    }

    /// The rows that were listed, as a reason to stop.
    pub(super) fn rows_fault(
        &self,
        session: &mut dyn Session,
        count: u64,
    ) -> Result<BackfillFault, DatabaseError> {
        let rows = session.exchange(&[format!(
            "SELECT shown, message FROM {} WHERE backfill = {} ORDER BY at, row_key LIMIT 5",
            self.shared.store.table(Which::Refused),
            self.shared.job
        )])?;
        let rows = rows.into_iter().flat_map(|it| it.rows);
        let examples = rows.filter_map(|row| {
            let mut row = row.into_iter().flatten();
            Some((row.next()?, row.next()?))
        });
        let table = self.shared.table.clone();
        Ok(BackfillFault::Rows { table, count, examples: examples.collect() })
    }

    /// The condition that leaves out rows that are listed.
    pub(super) fn not_refused(&self, ground: &Ground) -> String {
        let (shared, relation) = (self.shared, ground.relation.number);
        format!(
            "NOT EXISTS (SELECT 1 FROM {} AS turnback_r WHERE turnback_r.backfill = {} \
             AND turnback_r.relation = {relation} AND turnback_r.row_key = {})",
            shared.store.table(Which::Refused),
            shared.job,
            ground.row_key
        )
    }
}
