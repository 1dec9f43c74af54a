//! The rows that foreign keys of a sample refer to.

use tokio_postgres::SimpleQueryRow;

use super::pipe::Pipe;
use super::table::Likeness;
use crate::database::DatabaseError;
use crate::database::postgres::session::quote_literal;
use crate::model::ObjectName;
use crate::sql::quote_name;

/// How many missing keys are asked for at once.
const KEYS: usize = 1_000;

/// How often it is gone on, where rows refer to rows of their own table say: a chain may be long.
const ROUNDS: usize = 200;

/// A foreign key; the columns are quoted.
struct ForeignKey {
    table: ObjectName,
    parent: ObjectName,
    columns: Vec<String>,
    parent_columns: Vec<String>,
    types: Vec<String>,
    copied_columns: String,
    /// Whether it was said already that it cannot be satisfied.
    given_up: bool,
}

/// Copies rows that are referred to and missing, until none is.
pub(super) fn complete(pipe: &Pipe<'_>, likeness: &mut Likeness) -> Result<(), DatabaseError> {
    let keys = pipe.copy.query(include_str!("keys.sql"))?;
    let mut keys: Vec<ForeignKey> = keys.iter().flatten().filter_map(ForeignKey::read).collect();
    for _ in 0..ROUNDS {
        let mut copied = 0;
        for key in keys.iter_mut().filter(|key| !key.given_up) {
            copied += key.complete(pipe, likeness)?;
        }
        if copied == 0 {
            return Ok(());
        }
    }
    let note = "some rows that foreign keys refer to were not copied: the chain is too long";
    likeness.notes.push(note.to_owned());
    Ok(())
}

impl ForeignKey {
    fn read(row: &SimpleQueryRow) -> Option<Self> {
        let list = |column: usize| serde_json::from_str::<Vec<String>>(row.get(column)?).ok();
        let text = |column: usize| row.get(column).map(str::to_owned);
        let name = |from: usize| Some(ObjectName { schema: text(from), name: text(from + 1)? });
        Some(Self {
            table: name(0)?,
            parent: name(2)?,
            columns: list(4)?,
            parent_columns: list(5)?,
            types: list(6)?,
            copied_columns: row.get(7)?.to_owned(),
            given_up: false,
        })
    }

    /// How many rows of the referenced table were copied.
    fn complete(&mut self, pipe: &Pipe<'_>, likeness: &mut Likeness) -> Result<u64, DatabaseError> {
        let missing = pipe.copy.query(&self.missing())?;
        let missing: Vec<String> = missing.iter().flatten().map(|row| self.literal(row)).collect();
        let mut rows = 0;
        for some in missing.chunks(KEYS) {
            let into = format!("{} ({})", quote_name(&self.parent), self.copied_columns);
            match pipe.copy(&self.select(some), &into)? {
                Ok(copied) => rows += copied,
                Err(reason) => {
                    likeness.notes.push(format!(
                        "rows of {} that {} refers to were not copied: {reason}",
                        self.parent, self.table
                    ));
                    self.given_up = true;
                    break;
                }
            }
        }
        // What a foreign key that was never validated refers to need not exist anywhere.
        self.given_up |= !missing.is_empty() && rows == 0;
        if let Some(copied) = likeness.tables.get_mut(&self.parent) {
            copied.here += rows;
        }
        Ok(rows)
    }

    fn missing(&self) -> String {
        let Self { table, parent, columns, parent_columns, .. } = self;
        let values: Vec<String> = columns.iter().map(|it| format!("c.{it}::text")).collect();
        let there: Vec<String> = columns.iter().map(|it| format!("c.{it} IS NOT NULL")).collect();
        let pairs = columns.iter().zip(parent_columns);
        let same: Vec<String> = pairs.map(|(own, its)| format!("p.{its} = c.{own}")).collect();
        let (table, parent) = (quote_name(table), quote_name(parent));
        format!(
            "SELECT DISTINCT {} FROM {table} AS c WHERE {} \
             AND NOT EXISTS (SELECT 1 FROM {parent} AS p WHERE {})",
            values.join(", "),
            there.join(" AND "),
            same.join(" AND ")
        )
    }

    fn literal(&self, row: &SimpleQueryRow) -> String {
        let value = |(index, data_type): (usize, &String)| {
            format!("{}::{data_type}", quote_literal(row.get(index).unwrap_or_default()))
        };
        let values: Vec<String> = self.types.iter().enumerate().map(value).collect();
        format!("({})", values.join(", "))
    }

    fn select(&self, keys: &[String]) -> String {
        let columns: Vec<String> = self.parent_columns.iter().map(|it| format!("p.{it}")).collect();
        format!(
            "SELECT {} FROM {} AS p WHERE ({}) IN (VALUES {})",
            self.copied_columns,
            quote_name(&self.parent),
            columns.join(", "),
            keys.join(", ")
        )
    }
}
