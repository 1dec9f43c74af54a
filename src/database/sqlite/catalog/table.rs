//! Tables with their columns, constraints and indexes.

use std::collections::BTreeMap;

use super::constraint::constraints;
use super::described::Table;
use super::objects::{object, set};
use super::rows::{ColumnKind, ColumnRow, IndexRow, Rows, Stored};
use crate::catalog::{CatalogObject, Kind};
use crate::sql::stored::{
    ColumnText, ConstraintBody, ConstraintText, SchemaNames, TableText, canonical_default,
    canonical_statement, canonical_type, read_index, read_table,
};

pub(super) fn append(
    objects: &mut Vec<CatalogObject>,
    rows: &Rows,
    stored: &Stored,
    names: &SchemaNames,
) {
    let mut table = object(Kind::Table, None, &stored.name);
    let properties = &mut table.properties;
    let columns = rows.columns.get(&stored.name).map(Vec::as_slice).unwrap_or_default();
    let Some(row) = rows.tables.get(&stored.name) else {
        // Only the module knows its columns; what it was given says it all.
        set(properties, "virtual", "true");
        let definition = match read_table(&stored.sql) {
            Some(TableText::Virtual(definition)) => definition,
            _ => canonical_statement(&stored.sql, names),
        };
        set(properties, "definition", definition);
        objects.push(table);
        return;
    };
    for (name, is_set) in [("strict", row.strict), ("without_rowid", row.without_rowid)] {
        if is_set {
            set(properties, name, "true");
        }
    }
    let foreign_keys = rows.foreign_keys.get(&stored.name).map_or(0, Vec::len);
    let (column_texts, constraint_texts) = match read_table(&stored.sql) {
        Some(TableText::Ordinary { columns: texts, constraints, autoincrement })
            if fits(columns, foreign_keys, &texts, &constraints) =>
        {
            if autoincrement {
                set(properties, "autoincrement", "true");
            }
            (texts, constraints)
        }
        _ => {
            set(properties, "statement", canonical_statement(&stored.sql, names));
            let texts = columns
                .iter()
                .map(|column| ColumnText { name: column.name.clone(), ..ColumnText::default() });
            (texts.collect(), Vec::new())
        }
    };
    objects.push(table);
    let table = Table {
        rows,
        stored,
        columns,
        column_texts: &column_texts,
        constraint_texts: &constraint_texts,
    };
    append_columns(objects, &table);
    append_constraints(objects, &table);
    let texts = rows.stored.iter();
    let texts = texts.filter(|it| it.kind == Kind::Index && it.table == stored.name);
    objects.extend(texts.map(|text| index(&table, text, names)));
}

/// Whether what was read from the text is what `SQLite` read from it.
fn fits(
    columns: &[ColumnRow],
    foreign_keys: usize,
    texts: &[ColumnText],
    constraints: &[ConstraintText],
) -> bool {
    let is_foreign =
        |text: &&ConstraintText| matches!(text.body, ConstraintBody::ForeignKey { .. });
    columns.len() == texts.len()
        && columns.iter().zip(texts).all(|(row, text)| row.name.eq_ignore_ascii_case(&text.name))
        && constraints.iter().filter(is_foreign).count() == foreign_keys
}

fn append_columns(objects: &mut Vec<CatalogObject>, table: &Table<'_>) {
    for (position, (row, text)) in (1..).zip(table.columns.iter().zip(table.column_texts)) {
        let mut column = object(Kind::Column, Some(&table.stored.name), &row.name);
        fill_column(&mut column.properties, row, text);
        set(&mut column.noted, "position", usize::to_string(&position));
        objects.push(column);
    }
}

fn append_constraints(objects: &mut Vec<CatalogObject>, table: &Table<'_>) {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for it in constraints(table) {
        // SQLite does not mind two constraints of one name.
        let count = taken.entry(it.name.clone()).or_default();
        *count += 1;
        let name = if *count == 1 { it.name } else { format!("{} ({count})", it.name) };
        let mut constraint = object(Kind::Constraint, Some(&table.stored.name), &name);
        set(&mut constraint.properties, "definition", it.definition);
        if it.is_no_row_id {
            set(&mut constraint.properties, "row_id", "false");
        }
        objects.push(constraint);
    }
}

fn index(table: &Table<'_>, stored: &Stored, names: &SchemaNames) -> CatalogObject {
    let mut index = object(Kind::Index, Some(&table.stored.name), &stored.name);
    let columns: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    let row: Option<&IndexRow> = table.indexes().find(|row| row.name == stored.name);
    let described = row.zip(read_index(&stored.sql, &columns));
    let Some((row, text)) = described.filter(|(row, it)| row.items.len() == it.items.len()) else {
        set(&mut index.properties, "definition", canonical_statement(&stored.sql, names));
        return index;
    };
    let items = row.items.iter().zip(&text.items).map(|(item, text)| table.item(item, text));
    set(&mut index.properties, "columns", items.collect::<Vec<_>>().join(", "));
    if row.unique {
        set(&mut index.properties, "unique", "true");
    }
    if let Some(condition) = text.condition {
        set(&mut index.properties, "where", condition);
    }
    index
}

fn fill_column(properties: &mut BTreeMap<String, String>, row: &ColumnRow, text: &ColumnText) {
    if !row.declared.is_empty() {
        set(properties, "type", canonical_type(&row.declared));
    }
    if row.not_null {
        set(properties, "not_null", "true");
    }
    if let Some(conflict) = &text.not_null_conflict {
        set(properties, "on_null", conflict);
    }
    if let Some(collation) = text.collation.as_deref().filter(|name| *name != "BINARY") {
        set(properties, "collation", collation);
    }
    if let Some(default) = row.default.as_deref().and_then(canonical_default) {
        set(properties, "default", default);
    }
    let kept = match row.kind {
        ColumnKind::Ordinary => return,
        ColumnKind::Virtual => "VIRTUAL",
        ColumnKind::Stored => "STORED",
    };
    let expression = text.generated.as_deref().unwrap_or("…");
    set(properties, "generated", format!("({expression}) {kept}"));
}
