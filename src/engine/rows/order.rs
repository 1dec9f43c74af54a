//! The order in which tables get their rows.

use std::collections::{BTreeMap, BTreeSet};

use super::shape::{Reference, Table};
use crate::model::ObjectName;

/// What becomes of a foreign key that cannot be satisfied when its table's turn comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Late {
    /// Its columns are NULL until the rows they name are there.
    Null,
    /// Its columns have values, and the rows they name are made to fit.
    Owed,
    /// Only a later version asks for it: nothing.
    Ignored,
}

/// A table in its turn, with those of its references that come too early.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    pub table: &'a Table,
    pub late: BTreeMap<usize, Late>,
}

/// Referenced tables come before those that refer to them. A circle is opened at a reference that
/// may be NULL, else at one that can be checked late, else anywhere.
pub(super) fn turns(tables: &BTreeMap<ObjectName, Table>) -> Vec<Turn<'_>> {
    let mut waiting: BTreeSet<&ObjectName> = tables.keys().collect();
    let mut turns = Vec::new();
    while !waiting.is_empty() {
        let pending = |table: &Table| -> Vec<usize> {
            let references = table.references.iter().enumerate();
            let open =
                references.filter(|(_, it)| it.table != table.name && waiting.contains(&it.table));
            open.map(|(index, _)| index).collect()
        };
        let next = waiting
            .iter()
            .map(|name| &tables[*name])
            .map(|table| (table, late(table, &pending(table))))
            .min_by_key(|(table, late)| (cost(table, late), table.name.clone()));
        let Some((table, late)) = next else { break };
        waiting.remove(&table.name);
        turns.push(Turn { table, late });
    }
    turns
}

fn late(table: &Table, pending: &[usize]) -> BTreeMap<usize, Late> {
    let how = |index: usize| {
        let Reference { columns, is_later, .. } = &table.references[index];
        let may_be_null = columns.iter().any(|column| !table.columns[*column].not_null);
        match (is_later, may_be_null) {
            (true, _) => Late::Ignored,
            (false, true) => Late::Null,
            (false, false) => Late::Owed,
        }
    };
    pending.iter().map(|index| (*index, how(*index))).collect()
}

fn cost(table: &Table, late: &BTreeMap<usize, Late>) -> usize {
    let costs = late.iter().map(|(index, how)| match how {
        Late::Null | Late::Ignored => 1,
        Late::Owed if table.references[*index].deferrable => 100,
        Late::Owed => 10_000,
    });
    costs.sum()
}
