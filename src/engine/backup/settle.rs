//! Behind the script: what of the copy was destroyed is kept, the rest goes.

use super::dialect::Dialect;
use super::relation::{Live, identity_list, is_same_row, kept_from, same_column};
use super::unit::{Unit, saved};
use crate::database::{ColumnShape, DatabaseError, OpenTransaction, TableShape};
use crate::model::{Engine, Identity, SavedColumn, SavedTable};
use crate::sql::{quote_identifier, quote_name};

/// What a step left of a table that was copied.
pub(super) struct Settled {
    pub table: SavedTable,
    pub rows: u64,
}

/// What is known of the script that undoes the step.
#[derive(Debug, Clone, Copy)]
pub(super) struct WayBack {
    /// Whether it gives the table's columns values itself.
    pub computes: bool,
    /// Whether these are guesses at what was there before, for rows the step left alone as well. A
    /// migration that runs again means what it does.
    pub guesses: bool,
    /// Whether the script changed and deleted no row, so that only columns can be gone.
    pub quiet: bool,
}

/// Compares a copy with what the table is now. `None` where nothing of it was destroyed; the copy
/// is gone then.
pub(super) fn settle(
    unit: &Unit,
    dialect: Dialect,
    after: Option<&TableShape>,
    way_back: WayBack,
    open: &mut dyn OpenTransaction,
) -> Result<Option<Settled>, DatabaseError> {
    let Some(after) = after else {
        if unit.copied == 0 && unit.shape.sequences.is_empty() && !unit.keep_all {
            unit.discard(open)?;
            return Ok(None);
        }
        return Ok(Some(Settled { table: unit.saved_table(None), rows: unit.copied }));
    };
    let mut table = unit.saved_table(Some(after));
    let settling = Settling::new(unit, dialect, after, &mut table);
    let rows = settling.carry_out(way_back, open)?;
    Ok(rows.map(|rows| Settled { table, rows }))
}

impl Unit {
    pub fn saved_table(&self, after: Option<&TableShape>) -> SavedTable {
        SavedTable {
            schema: self.shape.schema.clone(),
            table: self.shape.table.clone(),
            after: after.map(|shape| (shape.schema.clone(), shape.table.clone())),
            place: self.place.name.clone(),
            left_place: None,
            identity: self.identity.clone(),
            columns: self.columns.clone(),
            left: Vec::new(),
            migration: None,
            whole: self.whole,
            numbered: false,
            sequences: self.shape.sequences.clone(),
            definition: self.definition.clone(),
        }
    }

    /// What a column is called behind the step: the same column of the same table, whatever its
    /// name; in a table that was built anew the one of the same name.
    pub fn counterpart<'a>(
        &self,
        dialect: Dialect,
        after: &'a TableShape,
        name: &str,
    ) -> Option<&'a ColumnShape> {
        same_column(dialect, &self.shape, name, after)
    }

    /// What tells rows apart behind the step as well. A copy of whole rows carries nothing that
    /// stands for a key, so that another one can be chosen where the step removed the first.
    fn lasting_identity(&self, dialect: Dialect, after: &TableShape) -> Identity {
        let stays = |name: &str| self.counterpart(dialect, after, name).is_some();
        let is_lasting = self.identity.columns().iter().all(|it| stays(&it.name));
        if is_lasting || (!self.whole && matches!(self.identity, Identity::Key(_))) {
            return self.identity.clone();
        }
        let of = |name: &String| self.shape.columns.iter().find(|column| column.name == *name);
        let mut keys = self.shape.keys.iter();
        if let Some(key) = keys.find(|key| key.iter().all(|name| stays(name))) {
            return Identity::Key(key.iter().filter_map(of).map(saved).collect());
        }
        let kept = self.shape.columns.iter().filter(|it| !it.generated && stays(&it.name));
        Identity::Values(kept.map(saved).collect())
    }
}

/// The most columns a table may have, in `PostgreSQL`; `SQLite` takes more.
pub(super) const MOST_COLUMNS: usize = 1_600;

pub(super) struct Settling<'a> {
    pub(super) unit: &'a Unit,
    pub(super) dialect: Dialect,
    pub(super) after: &'a TableShape,
    pub(super) table: &'a mut SavedTable,
    /// Saved columns that are still there and tell no rows apart: before and behind.
    pub(super) surviving: Vec<(SavedColumn, &'a ColumnShape)>,
}

impl<'a> Settling<'a> {
    fn new(
        unit: &'a Unit,
        dialect: Dialect,
        after: &'a TableShape,
        table: &'a mut SavedTable,
    ) -> Self {
        table.identity = unit.lasting_identity(dialect, after);
        let name = |saved: &SavedColumn| {
            unit.counterpart(dialect, after, &saved.name).map(|column| column.name.clone())
        };
        for column in &mut table.columns {
            column.after = name(column);
        }
        let (Identity::Key(columns) | Identity::Values(columns)) = &mut table.identity;
        for column in columns.iter_mut() {
            column.after = name(column);
        }
        let identity: Vec<&str> = columns.iter().map(|it| it.name.as_str()).collect();
        let apart = table.columns.iter().filter(|it| !identity.contains(&it.name.as_str()));
        let surviving = apart.filter_map(|saved| {
            let now = unit.counterpart(dialect, after, &saved.name)?;
            (!now.generated).then(|| (saved.clone(), now))
        });
        let surviving = surviving.collect();
        Self { unit, dialect, after, table, surviving }
    }

    /// How many rows are kept; `None` where nothing was destroyed.
    fn carry_out(
        mut self,
        WayBack { computes, guesses, quiet }: WayBack,
        open: &mut dyn OpenTransaction,
    ) -> Result<Option<u64>, DatabaseError> {
        let unit = self.unit;
        let dropped = self.table.columns.iter().any(|it| it.after.is_none());
        // What the way back computes anew it may compute for every row.
        let changed = match (guesses, quiet) {
            (true, _) => (0..self.surviving.len()).collect(),
            (false, true) => Vec::new(),
            (false, false) => self.changed(open)?,
        };
        let added = if computes && dropped { self.added() } else { Vec::new() };
        let mut left_rows = 0;
        if !changed.is_empty() || (unit.whole && !quiet) || !added.is_empty() {
            let all = guesses || !added.is_empty();
            left_rows = self.write_left(&changed, &added, all, open)?;
        }
        if unit.keep_all || (dropped && unit.copied > 0) {
            return Ok(Some(unit.copied));
        }
        if left_rows == 0 {
            self.forget(open)?;
            return Ok(None);
        }
        if left_rows < unit.copied {
            self.prune(open)?;
        }
        Ok(Some(left_rows))
    }

    pub(super) fn live(&self) -> Result<Live<'_>, DatabaseError> {
        let unit = self.unit;
        let (dialect, after) = (self.dialect, self.after);
        Live::new(dialect, after, &self.table.identity, |saved| saved.after.as_deref()).ok_or_else(
            || {
                DatabaseError::Unexpected(format!(
                    "the script removed the columns that tell the rows of {} apart",
                    unit.shape.name()
                ))
            },
        )
    }

    pub(super) fn kept(&self, alias: &str) -> String {
        kept_from(self.dialect, self.table, alias)
    }

    pub(super) fn is_same(&self, saved: &SavedColumn, now: &ColumnShape) -> String {
        let live = format!("t.{}", quote_identifier(&now.name));
        let kept = format!("b.{}", quote_identifier(&saved.name));
        self.dialect.is_same(&live, now, &kept, saved)
    }

    /// The surviving columns that got other values. Where the script named them, it is left open
    /// whether they did; of whole rows it is asked.
    fn changed(&self, open: &mut dyn OpenTransaction) -> Result<Vec<usize>, DatabaseError> {
        let all = 0..self.surviving.len();
        if !self.unit.whole || self.surviving.is_empty() {
            return Ok(all.collect());
        }
        let live = self.live()?;
        let tests: Vec<String> = self
            .surviving
            .iter()
            .map(|(saved, now)| {
                format!("max(CASE WHEN {} THEN 0 ELSE 1 END)", self.is_same(saved, now))
            })
            .collect();
        let answer = open.ask(&format!(
            "SELECT {} FROM {} JOIN {} ON {}",
            tests.join(", "),
            self.kept("b"),
            live.from("t"),
            live.is_row_of("t", "b")
        ))?;
        let row = answer.rows.into_iter().next().unwrap_or_default();
        let converted =
            |index: usize| self.unit.request.converted.contains(&self.surviving[index].0.name);
        let differs = |index: &usize| {
            row.get(*index).and_then(Option::as_deref) == Some("1") || converted(*index)
        };
        Ok(all.filter(differs).collect())
    }

    /// The columns the step added.
    fn added(&self) -> Vec<&'a ColumnShape> {
        let known: Vec<i64> = self
            .unit
            .shape
            .columns
            .iter()
            .filter_map(|it| self.unit.counterpart(self.dialect, self.after, &it.name))
            .map(|it| it.id)
            .collect();
        let columns = self.after.columns.iter();
        columns.filter(|it| !known.contains(&it.id) && !it.generated).collect()
    }

    /// Keeps of the copy only the rows that were changed or removed. From here on they carry what
    /// stands for a key: their number among equal ones is no longer to be counted.
    fn prune(&mut self, open: &mut dyn OpenTransaction) -> Result<(), DatabaseError> {
        let Some(left) = &self.table.left_place else { return Ok(()) };
        let place = quote_name(&self.unit.place);
        let pruned = self.dialect.place(&format!("{}_p", self.unit.place.name));
        let (left, pruned_name) = (quote_name(&self.dialect.place(left)), quote_name(&pruned));
        let mut names: Vec<String> = Vec::new();
        let is_keyed = matches!(self.table.identity, Identity::Key(_));
        if !is_keyed && self.table.columns.len() + 2 > MOST_COLUMNS {
            return Ok(());
        }
        if !is_keyed || !self.table.whole {
            names.push(identity_list(&self.table.identity, "b"));
        }
        let own = self.table.columns.iter();
        names.extend(own.map(|it| format!("b.{}", quote_identifier(&it.name))));
        let select = format!(
            "SELECT {} FROM {} JOIN {left} AS l ON {}",
            names.join(", "),
            self.kept("b"),
            is_same_row(&self.table.identity, "b", "l")
        );
        // In SQLite columns without types give columns without types.
        open.run(&format!("CREATE TABLE {pruned_name} AS {select}"))?;
        open.seal(&pruned)?;
        self.table.numbered = true;
        open.run(&format!("DROP TABLE {place}"))?;
        match self.dialect.0 {
            Engine::Postgres => {
                let name = quote_identifier(&self.unit.place.name);
                open.run(&format!("ALTER TABLE {pruned_name} RENAME TO {name}"))?;
            }
            // Renaming fails there while any view of the schema names what is gone.
            Engine::Sqlite => {
                open.run(&format!("CREATE TABLE {place} AS SELECT * FROM {pruned_name}"))?;
                open.run(&format!("DROP TABLE {pruned_name}"))?;
            }
        }
        Ok(())
    }

    /// Takes everything away again.
    fn forget(&mut self, open: &mut dyn OpenTransaction) -> Result<(), DatabaseError> {
        if let Some(left) = self.table.left_place.take() {
            open.run(&format!("DROP TABLE {}", quote_name(&self.dialect.place(&left))))?;
        }
        self.unit.discard(open)
    }
}
