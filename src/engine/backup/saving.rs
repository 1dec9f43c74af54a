//! Deciding what to save of a step, and what of it to keep behind it.

use std::collections::BTreeSet;

use time::OffsetDateTime;
use time::macros::format_description;

use super::dialect::Dialect;
use super::keeper::{BackupKeeper, hash_text};
use super::relation::column;
use super::request::{Names, NotThere, Requests, Tables};
use super::settle::{WayBack, settle};
use super::unit::Unit;
use super::{Saved, Saving};
use crate::database::{DatabaseError, OpenTransaction, TableLock, TableShape};
use crate::model::{Backup, BackupState, Engine, SavedTable};
use crate::plan::Direction;
use crate::sql::StatementKind;

impl BackupKeeper<'_> {
    /// Decides what to save.
    pub(super) fn plan(&mut self, open: &mut dyn OpenTransaction) -> Result<(), DatabaseError> {
        let shapes = std::mem::take(&mut self.before);
        let tables = Tables { dialect: self.dialect, shapes: &shapes };
        let mut requests = Requests::default();
        let mut missing = Vec::new();
        if self.saving != Saving::Nothing {
            if self.part.with_directives {
                missing = requests.add_directives(&tables, &self.part.step.parsed.backups);
            }
            let mut names = Names::new(&tables);
            for statement in self.part.statements {
                requests.add_statement(&names, statement);
                names.pass(statement);
            }
            for back in &self.returns {
                // Putting values back overwrites what the step had left.
                let left = back.backup.table.left.iter().filter(|it| it.overwritten);
                if let Some(shape) = back.found(&tables) {
                    let columns =
                        left.filter_map(|it| column(self.dialect, shape, &it.column.name));
                    requests.overwrite(shape, columns, TableLock::AgainstWrites);
                }
            }
            if self.saving == Saving::Full {
                self.add_affected(&tables, &mut requests);
            }
            requests.take(&self.found);
            let is_forward = self.part.step.direction == Direction::Forward;
            let is_needed = is_forward && !requests.0.is_empty();
            if let Some(script) = is_needed.then(|| self.way_back()).flatten() {
                requests.foresee(&tables, &script.statements);
            }
        }
        let added = self.add_units(&shapes, requests, open);
        self.before = shapes;
        added?;
        for it in missing {
            match it {
                NotThere::Table(table) => {
                    self.remark(&format!("there is no table {table} to back up"));
                }
                NotThere::Column(table, column) => {
                    self.remark(&format!("{table} has no column {column} to back up"));
                }
            }
        }
        Ok(())
    }

    fn add_affected(&self, tables: &Tables<'_>, requests: &mut Requests) {
        let affected = self.part.statements.iter().flat_map(|it| &it.affects);
        for shape in affected.filter_map(|it| tables.find(&it.object.name)) {
            requests.whole(shape);
        }
    }

    pub(super) fn add_units(
        &mut self,
        shapes: &[TableShape],
        mut requests: Requests,
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        requests.0.retain(|_, request| request.is_needed());
        if requests.0.is_empty() {
            return Ok(());
        }
        let time = time_of_name();
        let mut taken = taken_names(self.dialect, open)?;
        for (id, request) in requests.0 {
            let Some(shape) = shapes.iter().find(|shape| shape.id == id) else { continue };
            let name = self.dialect.backup_name(&shape.table, &time, |name| taken.contains(name));
            taken.insert(name.clone());
            let place = self.dialect.place(&name);
            let keep_all = self.saving == Saving::Full;
            self.units.push(Unit::new(shape.clone(), request, keep_all, place));
        }
        Ok(())
    }

    pub(super) fn settle_all(
        &mut self,
        shapes: &[TableShape],
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        for unit in std::mem::take(&mut self.units) {
            let by_id = shapes.iter().find(|shape| shape.id == unit.shape.id);
            let tables = Tables { dialect: self.dialect, shapes };
            let after = by_id.or_else(|| tables.find(&unit.shape.name()));
            let computes = self.computes(&unit, after);
            let is_forward = self.part.step.direction == Direction::Forward;
            let quiet = after.is_some_and(|after| self.is_quiet(&unit, after));
            let way_back = WayBack { computes, guesses: computes && is_forward, quiet };
            if let Some(settled) = settle(&unit, self.dialect, after, way_back, open)? {
                self.register(settled.table, settled.rows, open)?;
            }
        }
        Ok(())
    }

    /// Whether the script changed and deleted no row of the table, and nothing was put back.
    fn is_quiet(&self, unit: &Unit, after: &TableShape) -> bool {
        let before = &unit.shape;
        self.dialect.0 == Engine::Postgres
            && after.id == before.id
            && after.file == before.file
            && !before.partitioned
            && unit.request.converted.is_empty()
            && (after.updated, after.deleted) == (before.updated, before.deleted)
            && self.restored.iter().all(|it| it.table != before.name())
    }

    /// Whether the way back gives values to the table's columns itself.
    pub(super) fn computes(&self, unit: &Unit, after: Option<&TableShape>) -> bool {
        let Some(script) = self.way_back() else { return true };
        script.statements.iter().any(|statement| match statement.kind {
            StatementKind::Update | StatementKind::Delete => {
                let names = [Some(&unit.shape.table), after.map(|shape| &shape.table)];
                statement.changes.iter().any(|it| names.contains(&Some(&it.table.name)))
            }
            StatementKind::Other => statement.affects.is_empty() || !statement.changes.is_empty(),
            _ => false,
        })
    }

    fn register(
        &mut self,
        table: SavedTable,
        rows: u64,
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        let migration = self.part.step.script.stored.digest.to_string();
        let table = SavedTable { migration: Some(migration), ..table };
        let place = self.dialect.place(&table.place);
        let mut bytes = open.size(&place)?;
        if let Some(left) = &table.left_place {
            bytes += open.size(&self.dialect.place(left))?;
        }
        let mut backup = Backup {
            id: 0,
            set: self.part.set.to_owned(),
            version: self.part.step.version,
            name: self.part.step.name.clone(),
            rolling_back: self.part.step.direction == Direction::Back,
            taken_at: OffsetDateTime::now_utc(),
            state: BackupState::Kept,
            rows,
            bytes,
            hash: hash_text(&open.digest(&place)?),
            conflicts: 0,
            table,
        };
        backup.id = open.register(&backup)?;
        self.saved.push(Saved { backup });
        Ok(())
    }
}

/// The time as it is part of a backup's name.
pub(super) fn time_of_name() -> String {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    OffsetDateTime::now_utc().format(format).unwrap_or_default()
}

/// The names of turnback's own tables.
pub(super) fn taken_names(
    dialect: Dialect,
    open: &mut dyn OpenTransaction,
) -> Result<BTreeSet<String>, DatabaseError> {
    let names = open.ask(dialect.own_tables())?;
    Ok(names.rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
}
