//! A table as it is described: by pragmas and by its own text.

use super::rows::{ColumnRow, IndexItem, IndexRow, Rows, Stored};
use crate::sql::stored::{ColumnText, ConstraintText, bare_or_quoted};

/// A table, and what is needed to make sense of what is said about it.
pub(super) struct Table<'a> {
    pub rows: &'a Rows,
    pub stored: &'a Stored,
    pub columns: &'a [ColumnRow],
    pub column_texts: &'a [ColumnText],
    pub constraint_texts: &'a [ConstraintText],
}

impl Table<'_> {
    pub fn indexes(&self) -> impl Iterator<Item = &IndexRow> {
        self.rows.indexes.get(&self.stored.name).into_iter().flatten()
    }

    fn collation_of(&self, column: &str) -> &str {
        let text = self.column_texts.iter().find(|text| text.name.eq_ignore_ascii_case(column));
        text.and_then(|text| text.collation.as_deref()).unwrap_or("BINARY")
    }

    /// An item of an index: its collation is told where it is not the column's own.
    pub fn item(&self, item: &IndexItem, expression: &str) -> String {
        let (text, usual) = match &item.column {
            Some(column) => (bare_or_quoted(column), self.collation_of(column)),
            None => (expression.to_owned(), "BINARY"),
        };
        let collation = if item.collation.is_empty() || item.collation == usual {
            String::new()
        } else {
            format!(" COLLATE {}", item.collation)
        };
        text + &collation + if item.descending { " DESC" } else { "" }
    }
}
