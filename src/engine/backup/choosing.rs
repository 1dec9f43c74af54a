//! Copying only the rows that a statement's own condition chooses. A few rows of a large table are
//! copied under the lock; many are copied before it, like a whole table.

use super::Saving;
use super::chosen::{Chosen, Condition};
use super::dialect::Dialect;
use super::keeper::BackupKeeper;
use super::request::{Names, Request, Tables};
use super::unit::Unit;
use crate::database::{DatabaseError, OpenTransaction, TableShape};
use crate::model::{Engine, Identity, ObjectName};
use crate::sql::{RowChange, RowChoice, StatementKind, functions_called};

impl Unit {
    /// Chooses the rows to copy by a condition, if it can be asked.
    pub fn choose(
        &mut self,
        dialect: Dialect,
        condition: &Condition,
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        // What is changed from here on is copied again.
        self.look_at_the_clock(dialect, open)?;
        self.chosen = self.chosen_by(condition, dialect, open)?;
        Ok(())
    }

    fn chosen_by(
        &self,
        condition: &Condition,
        dialect: Dialect,
        open: &mut dyn OpenTransaction,
    ) -> Result<Option<Chosen>, DatabaseError> {
        let place = format!("{}_chosen", self.place.name);
        condition.choose(dialect, &self.shape, &place, open)
    }

    /// Whether the copy waits until the table is locked.
    pub fn is_postponed(&self) -> bool {
        self.chosen.as_ref().is_some_and(Chosen::are_few)
    }

    /// Copies the few rows that were chosen, chosen anew now that the table is locked.
    pub fn copy_few(
        &mut self,
        dialect: Dialect,
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        let Some(earlier) = self.chosen.take() else { return Ok(()) };
        earlier.drop(open)?;
        self.chosen = self.chosen_by(&earlier.condition, dialect, open)?;
        self.copy(dialect, open, &mut |_| {})?;
        self.analyze(open)
    }
}

impl BackupKeeper<'_> {
    /// Finds the conditions by which rows are chosen, and asks them.
    pub(super) fn choose(&mut self, open: &mut dyn OpenTransaction) -> Result<(), DatabaseError> {
        if self.dialect.0 != Engine::Postgres || self.saving != Saving::Destroyed {
            return Ok(());
        }
        let mut units = std::mem::take(&mut self.units);
        for unit in &mut units {
            let Some(condition) = self.condition_of(unit) else { continue };
            let called = functions_called(self.dialect.0, &condition.text).unwrap_or_default();
            let names: Vec<String> = called.iter().map(|it| self.dialect.literal(it)).collect();
            // Asked twice, such a function may choose other rows.
            let is_steady = names.is_empty()
                || open
                    .ask(&format!(
                        "SELECT 1 FROM pg_proc WHERE provolatile = 'v' AND proname IN ({}) LIMIT 1",
                        names.join(", ")
                    ))?
                    .rows
                    .is_empty();
            if is_steady {
                unit.choose(self.dialect, &condition, open)?;
            }
        }
        self.units = units;
        Ok(())
    }

    /// The condition of the only statement that changes a table's rows, where nothing before it in
    /// the script speaks of the table, and the way back gives the table no values of its own.
    fn condition_of(&self, unit: &Unit) -> Option<Condition> {
        let Request { table, named, converted, .. } = &unit.request;
        let statements = self.part.statements;
        let sets = statements.iter().any(|it| it.kind == StatementKind::Session);
        let returns = self.returns.iter().any(|it| it.name() == unit.shape.name());
        let is_simple = !table && !named && converted.is_empty() && !sets && !returns;
        if !is_simple || matches!(unit.identity, Identity::Values(_)) || self.computes(unit, None) {
            return None;
        }
        let tables = Tables { dialect: self.dialect, shapes: &self.before };
        let names = Names::new(&tables);
        let is_it = |name: &ObjectName| names.find(name).is_some_and(|it| it.id == unit.shape.id);
        let mut changes =
            statements.iter().flat_map(|it| &it.changes).filter(|it| is_it(&it.table));
        let (change, others) = (changes.next()?, changes.next());
        let mut speaking = statements.iter().filter(|statement| {
            let renames = statement.renames.iter().map(|it| &it.table);
            let objects = statement.affects.iter().map(|it| &it.object.name);
            objects.chain(renames).any(&is_it)
        });
        let is_first = speaking.next().is_some_and(|it| it.changes.contains(change));
        let destroyed = statements.iter().flat_map(|it| &it.destroys).any(|it| is_it(&it.name));
        if others.is_some() || !is_first || destroyed {
            return None;
        }
        self.condition(change, &unit.shape)
    }

    fn condition(&self, change: &RowChange, shape: &TableShape) -> Option<Condition> {
        let RowChoice::Where { span, alias } = &change.chosen else { return None };
        let text = self.part.step.running().stored.text.get(span.clone())?.to_owned();
        functions_called(self.dialect.0, &text)?;
        let alias = alias.clone().unwrap_or_else(|| shape.table.clone());
        Some(Condition { text, alias })
    }
}
