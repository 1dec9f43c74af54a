//! Rows that a backfill could not change, for people.

use super::record::Job;
use super::store::{Store, Which};
use crate::database::{DatabaseError, Session};

/// A row that could not be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRow {
    /// What tells it from others.
    pub key: String,
    /// What the database said.
    pub message: String,
}

impl Store {
    /// The first of the rows that a backfill could not change.
    pub fn refused(
        &self,
        session: &mut dyn Session,
        job: &Job,
        most: usize,
    ) -> Result<Vec<RefusedRow>, DatabaseError> {
        if job.refused == 0 {
            return Ok(Vec::new());
        }
        let answers = session.exchange(&[format!(
            "SELECT shown, message FROM {} WHERE backfill = {} ORDER BY at, shown LIMIT {most}",
            self.table(Which::Refused),
            job.id
        )])?;
        let rows = answers.into_iter().flat_map(|it| it.rows);
        let read = |row: Vec<Option<String>>| {
            let mut cells = row.into_iter();
            let mut next = || cells.next().flatten().unwrap_or_default();
            RefusedRow { key: next(), message: next() }
        };
        Ok(rows.map(read).collect())
    }
}
