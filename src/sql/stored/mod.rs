//! What a `SQLite` database stores of its schema is the text of the statements that made it. Here
//! those texts are read for what no pragma tells, and written in one canonical way: white space,
//! comments, the case of keywords, and quotes around names make no difference.
//!
//! The texts were accepted by `SQLite`, so they are read word by word, without judging them; a text
//! that cannot be made sense of (`SQLite` lets it be edited) gives `None`, and is still comparable
//! as [`canonical_statement`].

mod canonical;
mod statement;
mod table;

pub(super) use statement::list;

pub use canonical::{SchemaNames, bare_or_quoted};
pub use statement::{
    IndexText, ViewText, canonical_default, canonical_statement, canonical_type, read_index,
    read_trigger, read_view,
};
pub use table::{ColumnText, ConstraintBody, ConstraintText, TableText, read_table};
