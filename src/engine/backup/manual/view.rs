//! A table as it is now, through the eyes of a backup of it.

use super::super::dialect::Dialect;
use super::super::relation::{Live, column};
use super::super::write::Pair;
use super::fault::BackupFault;
use crate::database::{ColumnShape, TableShape};
use crate::model::{Backup, LedgerState, LeftColumn, SavedColumn, SavedTable};

/// By which names a backup's columns are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// Those before the step: it was undone.
    Before,
    /// Those behind it: it stands.
    Behind,
}

impl Names {
    /// Whether the step that destroyed what a backup holds still stands.
    pub fn of(backup: &Backup, state: &LedgerState) -> Self {
        let stands = match state.progress.get(&backup.version) {
            Some(half) => half.rolling_back == backup.rolling_back,
            None => state.history.contains_key(&backup.version) != backup.rolling_back,
        };
        if stands { Self::Behind } else { Self::Before }
    }

    /// What a saved column is called now. What the step dropped had one name only.
    pub fn now(self, saved: &SavedColumn) -> &str {
        match self {
            Self::Before => &saved.name,
            Self::Behind => saved.after.as_ref().unwrap_or(&saved.name),
        }
    }
}

/// A saved column that is put back.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub saved: SavedColumn,
    pub now: ColumnShape,
    /// What the step left in it, where the step overwrote it.
    pub left: Option<LeftColumn>,
    /// Whether rows are told apart by it.
    pub tells_apart: bool,
}

impl Part {
    pub const fn is_dropped(&self) -> bool {
        self.saved.after.is_none()
    }

    pub fn pair(&self) -> Pair {
        (self.saved.clone(), self.now.clone())
    }
}

/// A table and a backup, column by column.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub dialect: Dialect,
    pub table: &'a SavedTable,
    pub shape: &'a TableShape,
    pub names: Names,
    /// The columns that are put back.
    pub parts: Vec<Part>,
    /// Whether rows that are gone come back.
    pub brings_rows: bool,
}

impl<'a> View<'a> {
    /// Finds the columns; those that were named, or all that the step destroyed.
    pub fn new(
        dialect: Dialect,
        backup: &'a Backup,
        shape: &'a TableShape,
        names: Names,
        chosen: &[String],
    ) -> Result<Self, BackupFault> {
        let table = &backup.table;
        let has_rows = table.is_gone() || (table.whole && table.left_place.is_some());
        let is_chosen = |saved: &&SavedColumn| {
            if chosen.is_empty() {
                has_rows || saved.after.is_none() || left_of(table, saved).is_some()
            } else {
                chosen.iter().any(|name| is_named(dialect, saved, name))
            }
        };
        let mut view = Self {
            dialect,
            table,
            shape,
            names,
            parts: Vec::new(),
            brings_rows: has_rows && chosen.is_empty(),
        };
        let mut missing = Vec::new();
        for saved in table.columns.iter().filter(is_chosen) {
            let name = names.now(saved);
            match column(dialect, shape, name) {
                Some(now) if now.generated => {}
                Some(now) => view.parts.push(view.part(saved, now)),
                None => missing.push(name.to_owned()),
            }
        }
        view.check(missing)?;
        Ok(view)
    }

    fn part(&self, saved: &SavedColumn, now: &ColumnShape) -> Part {
        let identity = self.table.identity.columns();
        Part {
            saved: saved.clone(),
            now: now.clone(),
            left: left_of(self.table, saved).cloned(),
            tells_apart: identity.iter().any(|it| it.name == saved.name),
        }
    }

    fn check(&self, missing: Vec<String>) -> Result<(), BackupFault> {
        let table = self.shape.name();
        let identity = self.table.identity.columns().iter().map(|it| self.names.now(it));
        let lost: Vec<String> = identity
            .filter(|name| column(self.dialect, self.shape, name).is_none())
            .map(str::to_owned)
            .collect();
        if !lost.is_empty() {
            return Err(BackupFault::NoColumns { table, columns: lost, telling_apart: true });
        }
        if missing.is_empty() {
            return Ok(());
        }
        Err(BackupFault::NoColumns { table, columns: missing, telling_apart: false })
    }

    /// The table with what tells its rows apart.
    pub fn live(&self) -> Live<'_> {
        let names = self.names;
        let identity = &self.table.identity;
        Live::new(self.dialect, self.shape, identity, |saved| Some(names.now(saved)))
            .expect("the columns of the identity were found when the view was made")
    }

    /// The columns whose values change: what rows are told apart by stays.
    pub fn values(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| !part.tells_apart)
    }
}

/// Whether the operator means this column.
pub(super) fn is_named(dialect: Dialect, saved: &SavedColumn, name: &str) -> bool {
    match dialect.0 {
        crate::model::Engine::Postgres => saved.name == name,
        crate::model::Engine::Sqlite => saved.name.eq_ignore_ascii_case(name),
    }
}

/// What the step left in a column that it overwrote.
fn left_of<'t>(table: &'t SavedTable, saved: &SavedColumn) -> Option<&'t LeftColumn> {
    let after = saved.after.as_ref()?;
    table.left.iter().find(|it| it.overwritten && it.column.name == *after)
}
