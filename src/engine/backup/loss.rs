//! What a script destroyed that was not saved.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::conversion::keeps_values;
use super::request::Request;
use super::unit::Unit;
use crate::database::{ColumnShape, TableShape};
use crate::model::{ObjectName, quoted_where_needed};
use crate::sql::{LockStrength, RowChoice, Statement};

/// Data that would be lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The table it was in.
    pub table: ObjectName,
    /// What became of it.
    pub kind: LossKind,
}

/// How data would be lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LossKind {
    /// The table was dropped.
    Table,
    /// Columns were dropped.
    Columns(Vec<String>),
    /// Values were converted to another type, which may not hold all of them.
    Converted(Vec<String>),
    /// Rows were given new values.
    Updated(u64),
    /// Rows were deleted.
    Deleted(u64),
    /// The table was emptied.
    Emptied,
    /// Rows were changed, and nothing tells one from another.
    NoKey,
}

impl Loss {
    /// The directive that would save it.
    pub fn directive(&self) -> String {
        let table = &self.table;
        match &self.kind {
            LossKind::Columns(columns) | LossKind::Converted(columns) => {
                let names: Vec<String> =
                    columns.iter().map(|name| quoted_where_needed(name)).collect();
                format!("-- turnback:backup {table}({})", names.join(", "))
            }
            _ => format!("-- turnback:backup {table}"),
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = &self.table;
        let rows =
            |count: u64| if count == 1 { "1 row".to_owned() } else { format!("{count} rows") };
        match &self.kind {
            LossKind::Table => write!(f, "table {table} was dropped"),
            LossKind::Columns(columns) => {
                write!(f, "{table} lost {}", columns_of(columns))
            }
            LossKind::Converted(columns) => {
                write!(
                    f,
                    "{} of {table} got another type, which may not hold every value",
                    columns_of(columns)
                )
            }
            LossKind::Updated(count) => write!(f, "{} of {table} got new values", rows(*count)),
            LossKind::Deleted(count) => write!(f, "{} of {table} were deleted", rows(*count)),
            LossKind::Emptied => write!(f, "{table} was emptied"),
            LossKind::NoKey => write!(
                f,
                "rows of {table} were changed in columns that are not known beforehand, and it has \
                 no key to find them by again"
            ),
        }
    }
}

fn columns_of(columns: &[String]) -> String {
    let names: Vec<String> = columns.iter().map(|name| quoted_where_needed(name)).collect();
    let word = if names.len() == 1 { "column" } else { "columns" };
    format!("{word} {}", names.join(", "))
}

/// What was there, what is there, and what was saved of it.
pub(super) struct Ledger<'a> {
    pub before: &'a [TableShape],
    pub after: &'a [TableShape],
    pub units: &'a [Unit],
    /// The statements that ran.
    pub statements: &'a [Statement],
    /// How many rows each touched.
    pub rows: &'a [u64],
    /// How many rows of which table were updated by putting values back meanwhile.
    pub put_early: &'a BTreeMap<String, u64>,
    /// Finds the table a statement names.
    pub finds: &'a dyn Fn(&ObjectName) -> Option<String>,
}

impl Ledger<'_> {
    /// What was destroyed and not saved, one loss a table.
    pub fn losses(&self) -> Vec<Loss> {
        self.before.iter().filter_map(|shape| self.loss(shape)).collect()
    }

    /// Tables without a key whose rows were changed in columns that nobody named, by their ids.
    pub fn unseen(&self) -> BTreeSet<String> {
        let seen = self.units.iter().filter(|unit| {
            let now = self.after.iter().find(|it| it.id == unit.shape.id);
            now.is_some_and(|now| self.is_unseen_update(unit, now))
        });
        seen.map(|unit| unit.shape.id.clone()).collect()
    }

    fn unit(&self, shape: &TableShape) -> Option<&Unit> {
        let is_of =
            |unit: &&Unit| unit.shape.id == shape.id || shape.ancestors.contains(&unit.shape.id);
        // One that saved whole rows says more.
        let units = || self.units.iter().filter(is_of);
        units().find(|unit| unit.whole).or_else(|| units().next())
    }

    fn loss(&self, shape: &TableShape) -> Option<Loss> {
        let unit = self.unit(shape);
        let found = |kind| Some(Loss { table: shape.name(), kind });
        let is_whole = unit.is_some_and(|unit| unit.whole);
        let Some(after) = self.after.iter().find(|it| it.id == shape.id) else {
            return if is_whole || shape.bytes == 0 { None } else { found(LossKind::Table) };
        };
        if let Some(unit) = unit
            && Self::loses_identity(unit, after)
        {
            return found(LossKind::NoKey);
        }
        if is_whole {
            let others = after.inserted > shape.inserted;
            let is_lost = unit.is_some_and(|unit| others && self.is_unseen_update(unit, after));
            return if is_lost { found(LossKind::NoKey) } else { None };
        }
        let is_saved = |column: &&ColumnShape| {
            column.generated || unit.is_some_and(|unit| unit.request.columns.contains(&column.name))
        };
        let open: Vec<&ColumnShape> =
            shape.columns.iter().filter(|column| !is_saved(column)).collect();
        let now = |column: &ColumnShape| after.columns.iter().find(|it| it.id == column.id);
        if shape.bytes > 0 {
            let names = |lost: &dyn Fn(&ColumnShape) -> bool| -> Vec<String> {
                open.iter().filter(|it| lost(it)).map(|it| it.name.clone()).collect()
            };
            let dropped = names(&|column| now(column).is_none());
            if !dropped.is_empty() {
                return found(LossKind::Columns(dropped));
            }
            let converted = names(&|column| {
                now(column).is_some_and(|now| !keeps_values(&column.type_name, &now.type_name))
            });
            if !converted.is_empty() {
                return found(LossKind::Converted(converted));
            }
        }
        let deleted = after.deleted.saturating_sub(shape.deleted);
        if deleted > 0 {
            return found(LossKind::Deleted(deleted));
        }
        let updated = after.updated.saturating_sub(shape.updated);
        // Whoever names the columns knows what blocks and functions of theirs change.
        let is_named = unit.is_some_and(|unit| unit.request.named);
        let explained = if is_named { u64::MAX } else { self.explained(shape) };
        let unexplained = updated.saturating_sub(explained);
        if unexplained > 0 {
            return found(LossKind::Updated(unexplained));
        }
        self.is_emptied(shape, after).then(|| Loss { table: shape.name(), kind: LossKind::Emptied })
    }

    /// Whether rows without a key were changed by something whose columns are not known.
    fn is_unseen_update(&self, unit: &Unit, after: &TableShape) -> bool {
        let updated = after.updated.saturating_sub(unit.shape.updated);
        matches!(unit.identity, crate::model::Identity::Values(_))
            && (updated > self.explained(&unit.shape) || unit.shape.updates_widen)
            && updated > 0
    }

    /// Whether a column went that rows were to be found again by.
    fn loses_identity(unit: &Unit, after: &TableShape) -> bool {
        let ids = unit.identity.columns().iter().filter_map(|column| {
            unit.shape.columns.iter().find(|it| it.name == column.name).map(|it| it.id)
        });
        after.id == unit.shape.id
            && ids.into_iter().any(|id| after.columns.iter().all(|column| column.id != id))
    }

    /// How many updates of a table the statements tell of. The columns of those are saved.
    fn explained(&self, shape: &TableShape) -> u64 {
        let ours = self.put_early.iter();
        let ours = ours.filter(|(id, _)| **id == shape.id || shape.ancestors.contains(id));
        let mut sum: u64 = ours.map(|(_, rows)| rows).sum();
        for (index, statement) in self.statements.iter().enumerate() {
            let mine = statement.changes.iter().filter(|change| {
                (self.finds)(&change.table)
                    .is_some_and(|id| id == shape.id || shape.ancestors.contains(&id))
            });
            for change in mine {
                let told = self.rows.get(index);
                match told {
                    // What changes several tables at once tells of one of them only.
                    Some(rows) if change.chosen != RowChoice::Otherwise => {
                        sum = sum.saturating_add(*rows);
                    }
                    _ => return u64::MAX,
                }
            }
        }
        sum
    }

    /// Whether a table's rows were thrown away at once by something that the statements do not
    /// show. A rewrite that a statement shows has another file as well.
    fn is_emptied(&self, shape: &TableShape, after: &TableShape) -> bool {
        let is_shown = self.statements.iter().flat_map(|it| &it.affects).any(|affected| {
            affected.lock == Some(LockStrength::AccessExclusive)
                && (self.finds)(&affected.object.name).is_some_and(|id| id == shape.id)
        });
        shape.file != after.file
            && shape.bytes > 0
            && !is_shown
            && (after.bytes == 0 || after.inserted > shape.inserted)
    }
}

impl Request {
    /// Whether anything is to be saved.
    pub fn is_needed(&self) -> bool {
        self.rows || !self.columns.is_empty()
    }
}
