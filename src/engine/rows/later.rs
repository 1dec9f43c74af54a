//! What later versions will ask of rows that are made now: a migration that adds a condition finds
//! rows that satisfy it, as it would in an application's database.

use std::collections::BTreeMap;

use super::shape::{Check, Reference, Table};
use crate::model::ObjectName;

/// The tables, each with what its later form asks of the columns it already has. What the table
/// asks itself keeps its place.
pub(super) fn with_later(
    now: &BTreeMap<ObjectName, Table>,
    later: &BTreeMap<ObjectName, Table>,
) -> BTreeMap<ObjectName, Table> {
    let mut both = now.clone();
    for (name, table) in &mut both {
        if let Some(later) = later.get(name) {
            table.has_later = true;
            add(table, later, now);
        }
    }
    both
}

fn add(table: &mut Table, later: &Table, now: &BTreeMap<ObjectName, Table>) {
    let place = |columns: &[usize]| -> Option<Vec<usize>> {
        columns.iter().map(|column| table.index_of(&later.columns[*column].name)).collect()
    };
    let keys: Vec<Vec<usize>> = later.keys.iter().filter_map(|key| place(key)).collect();
    let checks: Vec<Check> = later
        .checks
        .iter()
        .filter(|check| table.checks.iter().all(|own| own.expression != check.expression))
        .filter_map(|check| Some(Check { columns: place(&check.columns)?, ..check.clone() }))
        .collect();
    let references: Vec<Reference> = later
        .references
        .iter()
        .filter(|it| {
            let there = now.get(&it.table);
            there.is_some_and(|to| it.referenced.iter().all(|name| to.index_of(name).is_some()))
        })
        .filter_map(|it| {
            Some(Reference { columns: place(&it.columns)?, is_later: true, ..it.clone() })
        })
        .filter(|it| {
            let is_same = |own: &Reference| own.columns == it.columns && own.table == it.table;
            !table.references.iter().any(is_same)
        })
        .collect();
    table.keys.extend(keys.into_iter().filter(|key| !table.keys.contains(key)).collect::<Vec<_>>());
    table.checks.extend(checks);
    table.references.extend(references);
    for column in &mut table.columns {
        let Some(index) = later.index_of(&column.name) else { continue };
        let later = &later.columns[index];
        column.not_null |= later.not_null;
        column.becomes = Some(&later.data_type).filter(|it| **it != column.data_type).cloned();
    }
}
