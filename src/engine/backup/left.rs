//! What a step left: the values it gave to the rows it changed, and which rows it removed.

use super::dialect::{GONE, KEY, NTH};
use super::relation::{column, identity_list};
use super::settle::{MOST_COLUMNS, Settling};
use super::unit::saved;
use crate::database::{ColumnShape, DatabaseError, OpenTransaction};
use crate::model::{Engine, Identity, LeftColumn, ObjectName, SavedColumn};
use crate::sql::{quote_identifier, quote_name};

/// What a backup calls the array of what does not fit into columns.
const REST: &str = "left_rest";
/// What the others are called, with a number behind it.
pub(super) const LEFT: &str = "left_";

impl Settling<'_> {
    /// Writes down what the step left in each row that it changed, and which rows it removed.
    pub(super) fn write_left(
        &mut self,
        changed: &[usize],
        added: &[&ColumnShape],
        all: bool,
        open: &mut dyn OpenTransaction,
    ) -> Result<u64, DatabaseError> {
        let place = self.dialect.place(&format!("{}_left", self.unit.place.name));
        let overwritten = changed.iter().map(|index| (self.surviving[*index].1, true));
        let added_too = added.iter().map(|column| (*column, false));
        let identity = match &self.table.identity {
            Identity::Key(columns) => columns.len(),
            Identity::Values(_) => 2,
        };
        // Beside them are what tells rows apart, whether the row is gone, and the rest.
        let room = MOST_COLUMNS.saturating_sub(identity + 2);
        let left: Vec<LeftColumn> = overwritten
            .chain(added_too)
            .enumerate()
            .map(|(number, (column, overwritten))| {
                let packed = self.dialect.0 == Engine::Postgres && number >= room;
                LeftColumn {
                    place: if packed { REST.to_owned() } else { format!("{LEFT}{number}") },
                    element: packed.then(|| number - room + 1),
                    // The elements are texts.
                    column: SavedColumn { exact: column.exact && !packed, ..saved(column) },
                    overwritten,
                }
            })
            .collect();
        let rows = self.fill_left(&place, &left, changed, all, open)?;
        if rows == 0 {
            open.run(&format!("DROP TABLE {}", quote_name(&place)))?;
            return Ok(0);
        }
        self.table.left = left;
        self.table.left_place = Some(place.name);
        Ok(rows)
    }

    fn fill_left(
        &self,
        place: &ObjectName,
        left: &[LeftColumn],
        changed: &[usize],
        all: bool,
        open: &mut dyn OpenTransaction,
    ) -> Result<u64, DatabaseError> {
        let live = self.live()?;
        let shape = |name: &str| column(self.dialect, self.after, name);
        let (rest, own): (Vec<_>, Vec<_>) = left.iter().partition(|it| it.element.is_some());
        let rest: Vec<String> = rest
            .iter()
            .filter_map(|it| shape(&it.column.name))
            .map(|column| format!("{}::text", self.dialect.saved("t", column)))
            .collect();
        let packed = if rest.is_empty() {
            String::new()
        } else {
            format!(", ARRAY[{}] AS {REST}", rest.join(", "))
        };
        let values: String = own
            .iter()
            .filter_map(|it| {
                let value = self.dialect.saved("t", shape(&it.column.name)?);
                Some(format!(", {value} AS {}", quote_identifier(&it.place)))
            })
            .collect();
        let converted = changed
            .iter()
            .any(|it| self.unit.request.converted.contains(&self.surviving[*it].0.name));
        let mut tests: Vec<String> = Vec::new();
        if all || converted {
            tests.push("1 = 1".to_owned());
        }
        tests.extend(changed.iter().map(|index| {
            let (saved, now) = &self.surviving[*index];
            format!("NOT ({})", self.is_same(saved, now))
        }));
        let missing = format!("{} IS NULL", live.presence("t"));
        // Of rows that were not saved whole, those that are gone are gone for other reasons.
        let join = if self.unit.whole { "LEFT JOIN" } else { "JOIN" };
        if self.unit.whole {
            tests.push(missing.clone());
        }
        let select = format!(
            "SELECT {}, {missing} AS {GONE}{values}{packed} FROM {} {join} {} ON {} WHERE {}",
            identity_list(&self.table.identity, "b"),
            self.kept("b"),
            live.from("t"),
            live.is_row_of("t", "b"),
            if tests.is_empty() { "1 = 0".to_owned() } else { tests.join(" OR ") }
        );
        self.make(place, &select, left, open)
    }

    fn make(
        &self,
        place: &ObjectName,
        select: &str,
        left: &[LeftColumn],
        open: &mut dyn OpenTransaction,
    ) -> Result<u64, DatabaseError> {
        let name = quote_name(place);
        match self.dialect.0 {
            Engine::Postgres => {
                open.run(&format!("CREATE TABLE {name} AS {select} WITH NO DATA"))?;
            }
            Engine::Sqlite => {
                let identity = match &self.table.identity {
                    Identity::Key(columns) => {
                        columns.iter().map(|it| quote_identifier(&it.name)).collect()
                    }
                    Identity::Values(_) => vec![KEY.to_owned(), NTH.to_owned()],
                };
                let values = left.iter().map(|it| quote_identifier(&it.place));
                let names: Vec<String> =
                    identity.into_iter().chain([GONE.to_owned()]).chain(values).collect();
                open.run(&format!("CREATE TABLE {name} ({})", names.join(", ")))?;
            }
        }
        open.seal(place)?;
        let rows = open.run(&format!("INSERT INTO {name} {select}"))?;
        if self.dialect.0 == Engine::Postgres {
            open.run(&format!("ANALYZE {name}"))?;
        }
        Ok(rows)
    }
}
