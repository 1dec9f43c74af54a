//! A step of a rehearsal on a copied `SQLite` file: there are no locks on tables, and the engine
//! counts rows and pages.

use std::collections::BTreeMap;

use super::observed::{Carried, Observed, RehearsedStep};
use super::steps::Rehearser;
use crate::database::DatabaseError;
use crate::engine::StepFault;
use crate::sql::StatementKind;

/// How many of the rows without a parent are named.
const EXAMPLES: usize = 5;

impl Rehearser<'_> {
    /// Runs the statements, in one transaction where the step has one.
    pub(super) fn run_on_sqlite(&mut self, seen: &mut RehearsedStep) -> Result<(), StepFault> {
        // In this mode each page that is written is one frame of the log.
        self.session.try_statement("PRAGMA journal_mode = WAL")?;
        self.session.try_statement("PRAGMA wal_autocheckpoint = 0")?;
        self.session.try_statement("PRAGMA wal_checkpoint(TRUNCATE)")?;
        if self.step.in_transaction() {
            let dangling = self.dangling()?;
            self.session.try_statement("BEGIN IMMEDIATE")?;
            for (index, statement) in self.statements() {
                self.run_and_count(index, statement, seen)?;
            }
            self.refuse_dangling(&dangling)?;
            self.session.try_statement("COMMIT")?;
        } else {
            for (index, statement) in self.statements() {
                let alone = matches!(
                    statement.kind,
                    StatementKind::OutsideTransaction | StatementKind::Session
                );
                if !alone {
                    self.session.try_statement("BEGIN IMMEDIATE")?;
                }
                self.run_and_count(index, statement, seen)?;
                if !alone {
                    self.session.try_statement("COMMIT")?;
                }
            }
        }
        seen.pages = self.number("PRAGMA wal_checkpoint(PASSIVE)", 1)?;
        Ok(())
    }

    fn run_and_count(
        &mut self,
        index: usize,
        statement: &crate::sql::Statement,
        seen: &mut RehearsedStep,
    ) -> Result<(), StepFault> {
        let before = self.changes()?;
        let ran = self.run(index, statement)?;
        let rows = self.changes()?.saturating_sub(before);
        let how = match statement.backfill {
            Some(_) => Carried::InOnePiece,
            None => Carried::InTransaction,
        };
        seen.statements.push((index, Observed { rows: Some(rows), how, ..ran }));
        Ok(())
    }

    /// How many rows this session has changed by now, triggers and foreign keys included.
    fn changes(&mut self) -> Result<u64, StepFault> {
        Ok(self.number("SELECT total_changes()", 0)?.unwrap_or_default())
    }

    fn number(&mut self, sql: &str, column: usize) -> Result<Option<u64>, StepFault> {
        let rows = self.session.try_statement(sql)?.rows;
        let value = rows.first().and_then(|row| row.get(column)?.as_deref());
        Ok(value.and_then(|it| it.parse().ok()))
    }

    /// Rows without the parent that their foreign key names: how many for each table and parent.
    fn dangling(&mut self) -> Result<BTreeMap<(String, String), usize>, StepFault> {
        let mut counts = BTreeMap::new();
        let found = match self.session.try_statement("PRAGMA foreign_key_check") {
            // A foreign key that refers to no key ends the check; a real run looks further.
            Err(DatabaseError::Statement { .. }) => return Ok(counts),
            outcome => outcome?,
        };
        for row in found.rows {
            let text = |column: usize| row.get(column).cloned().flatten().unwrap_or_default();
            *counts.entry((text(0), text(2))).or_default() += 1;
        }
        Ok(counts)
    }

    fn refuse_dangling(
        &mut self,
        before: &BTreeMap<(String, String), usize>,
    ) -> Result<(), StepFault> {
        let mut count = 0;
        let mut examples = Vec::new();
        for ((table, parent), rows) in self.dangling()? {
            let known = before.get(&(table.clone(), parent.clone())).copied().unwrap_or_default();
            if rows > known {
                count += rows - known;
                examples.push(format!("{table}: {} rows refer to {parent}", rows - known));
            }
        }
        examples.truncate(EXAMPLES);
        if count > 0 { Err(DatabaseError::ForeignKeys { count, examples }.into()) } else { Ok(()) }
    }
}
