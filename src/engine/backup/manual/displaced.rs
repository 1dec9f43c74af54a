//! What a restore overwrites is saved first, like what a step overwrites.

use std::collections::BTreeSet;

use time::OffsetDateTime;
use time::macros::format_description;

use super::super::dialect::{GONE, KEY, NTH};
use super::super::keeper::hash_text;
use super::super::relation::{Live, identity_list, kept_from};
use super::super::unit::saved;
use super::sight::{CONFLICT, Sight};
use super::view::{Part, View};
use crate::database::{ColumnShape, DatabaseError, OpenTransaction};
use crate::model::{
    Backup, BackupState, Engine, Identity, LeftColumn, ObjectName, SavedColumn, SavedTable,
};
use crate::sql::{quote_identifier, quote_name};

/// Values that are about to be overwritten.
#[derive(Debug)]
pub(super) struct Displaced {
    backup: Backup,
    place: ObjectName,
    left: ObjectName,
}

impl Displaced {
    /// Copies the present values of the rows that were changed since. `None` where there are none.
    pub fn copy(
        sight: &Sight<'_>,
        of: &Backup,
        open: &mut dyn OpenTransaction,
    ) -> Result<Option<Self>, DatabaseError> {
        if sight.counts.conflict == 0 {
            return Ok(None);
        }
        let view = sight.view;
        let place = free_place(view, open)?;
        let left = view.dialect.place(&format!("{}_left", place.name));
        let table = saved_table(view, &place, &left);
        let mut list = match &table.identity {
            Identity::Key(_) => {
                let live = view.live();
                let key = live.identity.iter();
                let value = key.map(|(_, now)| value_of(view, now));
                value.collect()
            }
            Identity::Values(_) => vec![format!("b.{KEY}"), format!("b.{NTH}")],
        };
        list.extend(view.values().map(|part| value_of(view, &part.now)));
        let select = format!("SELECT {} FROM {}", list.join(", "), sight.found(CONFLICT));
        let rows = make(view, &place, &names_of(&table), &select, open)?;
        let backup = Backup {
            id: 0,
            set: of.set.clone(),
            version: of.version,
            name: of.name.clone(),
            rolling_back: !of.rolling_back,
            taken_at: OffsetDateTime::now_utc(),
            // Nothing but the operator puts it back: it is no step's.
            state: BackupState::SetAside,
            rows,
            bytes: open.size(&place)?,
            hash: hash_text(&open.digest(&place)?),
            conflicts: 0,
            table,
        };
        Ok(Some(Self { backup, place, left }))
    }

    /// Writes down what the rows hold instead, and enters the backup in the register.
    pub fn register(
        mut self,
        view: &View<'_>,
        open: &mut dyn OpenTransaction,
    ) -> Result<Backup, DatabaseError> {
        let table = &self.backup.table;
        let now = |column: &SavedColumn| -> Option<&ColumnShape> {
            view.shape.columns.iter().find(|it| it.name == column.name)
        };
        let live = Live::new(view.dialect, view.shape, &table.identity, |it| Some(&it.name))
            .ok_or_else(|| DatabaseError::Unexpected("the table changed meanwhile".to_owned()))?;
        let values: Vec<String> = table
            .left
            .iter()
            .filter_map(|it| {
                let value = view.dialect.saved("t", now(&it.column)?);
                Some(format!("{value} AS {}", quote_identifier(&it.place)))
            })
            .collect();
        let select = format!(
            "SELECT {}, 1 = 0 AS {GONE}, {} FROM {} JOIN {} ON {}",
            identity_list(&table.identity, "b"),
            values.join(", "),
            kept_from(view.dialect, table, "b"),
            live.from("t"),
            live.is_row_of("t", "b")
        );
        let names = identity_names(&table.identity)
            .into_iter()
            .chain([GONE.to_owned()])
            .chain(table.left.iter().map(|it| it.place.clone()));
        let names: Vec<String> = names.collect();
        make(view, &self.left, &names, &select, open)?;
        self.backup.bytes = open.size(&self.place)? + open.size(&self.left)?;
        self.backup.id = open.register(&self.backup)?;
        Ok(self.backup)
    }
}

/// A name for the table of a backup that is made now.
fn free_place(
    view: &View<'_>,
    open: &mut dyn OpenTransaction,
) -> Result<ObjectName, DatabaseError> {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let time = OffsetDateTime::now_utc().format(format).unwrap_or_default();
    let names = open.ask(view.dialect.own_tables())?;
    let taken: BTreeSet<String> =
        names.rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect();
    let name = view.dialect.backup_name(&view.shape.table, &time, |name| taken.contains(name));
    Ok(view.dialect.place(&name))
}

/// Under the names the columns have now, which are the same before and behind.
fn saved_table(view: &View<'_>, place: &ObjectName, left: &ObjectName) -> SavedTable {
    let own = |now: &ColumnShape| SavedColumn { after: Some(now.name.clone()), ..saved(now) };
    let live = view.live();
    let identity = live.identity.iter().map(|(_, now)| own(now)).collect();
    let identity = match view.table.identity {
        Identity::Key(_) => Identity::Key(identity),
        Identity::Values(_) => Identity::Values(identity),
    };
    let columns: Vec<SavedColumn> = view.values().map(|part| own(&part.now)).collect();
    let left_column = |(number, column): (usize, &SavedColumn)| LeftColumn {
        place: format!("left_{number}"),
        element: None,
        column: column.clone(),
        overwritten: true,
    };
    SavedTable {
        migration: None,
        schema: view.shape.schema.clone(),
        table: view.shape.table.clone(),
        after: Some((view.shape.schema.clone(), view.shape.table.clone())),
        place: place.name.clone(),
        left_place: Some(left.name.clone()),
        identity,
        left: columns.iter().enumerate().map(left_column).collect(),
        columns,
        whole: false,
        numbered: true,
        sequences: Vec::new(),
        definition: Vec::new(),
    }
}

fn value_of(view: &View<'_>, now: &ColumnShape) -> String {
    format!("{} AS {}", view.dialect.saved("t", now), quote_identifier(&now.name))
}

fn identity_names(identity: &Identity) -> Vec<String> {
    match identity {
        Identity::Key(columns) => columns.iter().map(|it| it.name.clone()).collect(),
        Identity::Values(_) => vec![KEY.to_owned(), NTH.to_owned()],
    }
}

fn names_of(table: &SavedTable) -> Vec<String> {
    let own = table.columns.iter().map(|it| it.name.clone());
    identity_names(&table.identity).into_iter().chain(own).collect()
}

fn make(
    view: &View<'_>,
    place: &ObjectName,
    names: &[String],
    select: &str,
    open: &mut dyn OpenTransaction,
) -> Result<u64, DatabaseError> {
    let name = quote_name(place);
    if view.dialect.0 == Engine::Postgres {
        open.run(&format!("CREATE TABLE {name} AS {select} WITH NO DATA"))?;
    } else {
        // Without types nothing is converted on its way in.
        let names: Vec<String> = names.iter().map(|it| quote_identifier(it)).collect();
        open.run(&format!("CREATE TABLE {name} ({})", names.join(", ")))?;
    }
    open.seal(place)?;
    open.run(&format!("INSERT INTO {name} {select}"))
}

/// The rows that were changed since, each with what it holds, in a table the operator can read.
pub(super) fn list_conflicts(
    sight: &Sight<'_>,
    place: &ObjectName,
    open: &mut dyn OpenTransaction,
) -> Result<(), DatabaseError> {
    let view = sight.view;
    let names: Vec<String> = view.values().map(|part: &Part| part.now.name.clone()).collect();
    let present =
        if names.is_empty() { "NULL".to_owned() } else { view.dialect.shown("t", &names) };
    let select = format!(
        "SELECT {}, {present} AS present FROM {}",
        identity_list(&view.table.identity, "b"),
        sight.found(CONFLICT)
    );
    open.run(&format!("CREATE TABLE {} AS {select}", quote_name(place)))?;
    open.seal(place)
}
