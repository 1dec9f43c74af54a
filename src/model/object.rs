//! Names of database objects.

use std::fmt;

use serde::{Serialize, Serializer};

/// A name as the database holds it: unquoted, folded the way the engine folds it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectName {
    /// The schema, where one was written.
    pub schema: Option<String>,
    /// The object's own name.
    pub name: String,
}

impl ObjectName {
    /// A name without a schema.
    pub fn bare(name: impl Into<String>) -> Self {
        Self { schema: None, name: name.into() }
    }
}

/// Writes an identifier, quoted only where an SQL reader would have to quote it.
pub fn write_identifier(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    f.write_str(&quoted_where_needed(name))
}

/// An identifier, quoted only where an SQL reader would have to quote it.
pub fn quoted_where_needed(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write_identifier(f, schema)?;
            f.write_str(".")?;
        }
        write_identifier(f, &self.name)
    }
}

impl Serialize for ObjectName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What kind of object a directive names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// A table, partitioned and foreign ones included.
    Table,
    /// A view or materialized view.
    View,
    /// A column of a table or view.
    Column,
    /// An index.
    Index,
    /// A function or procedure of any signature.
    Function,
    /// A data type or domain.
    Type,
    /// A schema.
    Schema,
    /// An extension.
    Extension,
    /// A role.
    Role,
}

impl ObjectKind {
    /// Every kind, in the order the documentation lists them.
    pub const ALL: [Self; 9] = [
        Self::Table,
        Self::View,
        Self::Column,
        Self::Index,
        Self::Function,
        Self::Type,
        Self::Schema,
        Self::Extension,
        Self::Role,
    ];

    /// The word used in directives, messages and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::View => "view",
            Self::Column => "column",
            Self::Index => "index",
            Self::Function => "function",
            Self::Type => "type",
            Self::Schema => "schema",
            Self::Extension => "extension",
            Self::Role => "role",
        }
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One object a directive asks about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct ObjectRef {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name; for a column, that of its table.
    pub name: ObjectName,
    /// The column, where `kind` is [`ObjectKind::Column`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)?;
        if let Some(column) = &self.column {
            f.write_str(".")?;
            write_identifier(f, column)?;
        }
        Ok(())
    }
}

/// A column that a table must have to be adopted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct ColumnNeed {
    /// The column's name as the database holds it.
    pub name: String,
    /// The type it must have, as written; `None` accepts any.
    pub data_type: Option<String>,
}

impl fmt::Display for ColumnNeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_identifier(f, &self.name)?;
        match &self.data_type {
            Some(data_type) => write!(f, " {data_type}"),
            None => Ok(()),
        }
    }
}
