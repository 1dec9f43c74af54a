//! Telling rows without a key apart, where something changed them that nobody could see.

use super::dialect::{Dialect, NTH};
use super::relation::{Live, kept_from, table_sql};
use super::unit::Unit;
use crate::database::{DatabaseError, OpenTransaction, TableShape};
use crate::model::{Identity, SavedColumn};
use crate::sql::{quote_identifier, quote_name};

impl Unit {
    /// Rows without a key are told apart by the columns that stayed as they were: those that hold
    /// no value now which they did not hold as often before. Withheld where that does not find
    /// every row again.
    pub fn tell_apart_by_what_stayed(
        &mut self,
        dialect: Dialect,
        after: &TableShape,
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        let Identity::Values(columns) = &self.identity else { return Ok(()) };
        let (place, table) = (quote_name(&self.place), table_sql(after, dialect));
        let mut stayed = Vec::new();
        for saved in columns {
            let Some(now) = self.counterpart(dialect, after, &saved.name) else { continue };
            let answer = open.ask(&format!(
                "SELECT 1 FROM (SELECT {}::text FROM {table} AS t EXCEPT ALL \
                 SELECT b.{}::text FROM {place} AS b) AS x LIMIT 1",
                dialect.saved("t", now),
                quote_identifier(&saved.name)
            ))?;
            if answer.rows.is_empty() {
                stayed.push(SavedColumn { after: Some(now.name.clone()), ..saved.clone() });
            }
        }
        self.identity = Identity::Values(stayed);
        let kept = self.saved_table(Some(after));
        let live = Live::new(dialect, after, &self.identity, |saved| saved.after.as_deref());
        let Some(live) = live else { return Err(DatabaseError::Withheld) };
        let lost = open.ask(&format!(
            "SELECT 1 FROM {} LEFT JOIN {} ON {} WHERE b.{NTH} IS NULL LIMIT 1",
            live.from("t"),
            kept_from(dialect, &kept, "b"),
            live.is_row_of("t", "b")
        ))?;
        if lost.rows.is_empty() { Ok(()) } else { Err(DatabaseError::Withheld) }
    }
}
