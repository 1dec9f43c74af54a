//! The constraints of a table.

use super::described::Table;
use super::rows::{ForeignKeyRow, IndexRow, Origin};
use crate::catalog::Kind;
use crate::sql::stored::{ConstraintBody, ConstraintText, bare_or_quoted};

/// A constraint on its way into the catalog.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Constraint {
    pub name: String,
    pub definition: String,
    /// Whether it is a primary key that would be the table's rowid by another name, were it not
    /// written in one of the ways in which `SQLite` does not make it that.
    pub is_no_row_id: bool,
}

impl Constraint {
    /// One without a name is known by what it constrains.
    fn new(name: Option<&String>, what: &str, rest: &str) -> Self {
        let name = name.map_or_else(|| what.to_owned(), Clone::clone);
        Self { name, definition: format!("{what}{rest}"), is_no_row_id: false }
    }
}

/// All of them, in an order that does not depend on how they were written.
pub(super) fn constraints(table: &Table<'_>) -> Vec<Constraint> {
    let mut constraints: Vec<Constraint> = row_id_key(table).into_iter().collect();
    let keys = table.indexes().filter(|row| row.origin != Origin::Created);
    constraints.extend(keys.map(|row| key(table, row)));
    constraints.extend(table.constraint_texts.iter().filter_map(|text| match &text.body {
        ConstraintBody::Check(condition) => {
            Some(Constraint::new(text.name.as_ref(), &format!("CHECK ({condition})"), ""))
        }
        _ => None,
    }));
    let texts = table
        .constraint_texts
        .iter()
        .filter(|text| matches!(text.body, ConstraintBody::ForeignKey { .. }));
    let rows = table.rows.foreign_keys.get(&table.stored.name).into_iter().flatten();
    // Without a text that could be read, the rows alone.
    let texts = texts.map(Some).chain(std::iter::repeat(None));
    constraints.extend(rows.zip(texts).map(|(row, text)| foreign_key(table, row, text)));
    constraints.sort();
    constraints
}

/// A primary key without an index of its own is the rowid itself.
fn row_id_key(table: &Table<'_>) -> Option<Constraint> {
    let column = table.columns.iter().find(|column| column.key == 1)?;
    if table.indexes().any(|row| row.origin == Origin::PrimaryKey) {
        return None;
    }
    let columns = [column.name.clone()];
    let (name, conflict) = key_text(table, Origin::PrimaryKey, &columns);
    let list = format!(" ({}){conflict}", quoted_list(&columns));
    Some(Constraint::new(name, "PRIMARY KEY", &list))
}

fn key(table: &Table<'_>, row: &IndexRow) -> Constraint {
    let columns: Vec<String> = row.items.iter().filter_map(|item| item.column.clone()).collect();
    let (name, conflict) = key_text(table, row.origin, &columns);
    let items: Vec<String> = row.items.iter().map(|item| table.item(item, "")).collect();
    let items = format!(" ({})", items.join(", "));
    match row.origin {
        Origin::PrimaryKey => Constraint {
            is_no_row_id: could_be_row_id(table, &columns),
            ..Constraint::new(name, "PRIMARY KEY", &(items + &conflict))
        },
        _ => Constraint::new(name, &format!("UNIQUE{items}"), &conflict),
    }
}

/// Whether a key over these columns is the rowid, if all goes the usual way.
fn could_be_row_id(table: &Table<'_>, columns: &[String]) -> bool {
    let [name] = columns else { return false };
    let column = table.columns.iter().find(|column| column.name == *name);
    let has_row_id = table.rows.tables.get(&table.stored.name).is_some_and(|it| !it.without_rowid);
    has_row_id && column.is_some_and(|column| column.declared.eq_ignore_ascii_case("INTEGER"))
}

/// The name a key was given, and what a second row does.
fn key_text<'a>(
    table: &Table<'a>,
    origin: Origin,
    wanted: &[String],
) -> (Option<&'a String>, String) {
    for text in table.constraint_texts {
        let ((ConstraintBody::PrimaryKey { columns, conflict }, Origin::PrimaryKey)
        | (ConstraintBody::Unique { columns, conflict }, Origin::Unique)) = (&text.body, origin)
        else {
            continue;
        };
        let is_same = columns.len() == wanted.len()
            && columns.iter().zip(wanted).all(|(one, other)| one.eq_ignore_ascii_case(other));
        if is_same || origin == Origin::PrimaryKey {
            let conflict = conflict.as_ref().map(|word| format!(" ON CONFLICT {word}"));
            return (text.name.as_ref(), conflict.unwrap_or_default());
        }
    }
    (None, String::new())
}

fn foreign_key(
    table: &Table<'_>,
    row: &ForeignKeyRow,
    text: Option<&ConstraintText>,
) -> Constraint {
    let parent =
        table.rows.stored.iter().find(|stored| {
            stored.kind == Kind::Table && stored.name.eq_ignore_ascii_case(&row.parent)
        });
    let parent = parent.map_or(&row.parent, |stored| &stored.name);
    let mut rest = format!(" REFERENCES {}", bare_or_quoted(parent));
    if !row.parent_columns.is_empty() {
        rest += &format!(" ({})", quoted_list(&row.parent_columns));
    }
    for (event, action) in [("DELETE", &row.on_delete), ("UPDATE", &row.on_update)] {
        if action != "NO ACTION" {
            rest += &format!(" ON {event} {action}");
        }
    }
    if let Some(ConstraintBody::ForeignKey { deferred, matching }) = text.map(|it| &it.body) {
        rest.extend(matching.iter().map(|word| format!(" MATCH {word}")));
        if *deferred {
            rest += " DEFERRABLE INITIALLY DEFERRED";
        }
    }
    let what = format!("FOREIGN KEY ({})", quoted_list(&row.columns));
    Constraint::new(text.and_then(|text| text.name.as_ref()), &what, &rest)
}

fn quoted_list(names: &[String]) -> String {
    names.iter().map(|name| bare_or_quoted(name)).collect::<Vec<_>>().join(", ")
}
