//! Tables of a live database and of its copy.

use std::collections::BTreeMap;

use tokio_postgres::SimpleQueryRow;

use crate::database::DatabaseError;
use crate::database::postgres::answer::{no_answer, number};
use crate::model::ObjectName;

/// How many rows of each table are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    /// So many, the first ones that the server gives; 0 copies none.
    Rows(u64),
    /// All of them.
    All,
}

/// A table in a copy, and the one it is a copy of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CopiedTable {
    /// How many rows the copy has.
    pub here: u64,
    /// About how many the live one has; `None` where the server does not know.
    pub there: Option<u64>,
    /// The size of the live one, its indexes left out.
    pub bytes: u64,
    /// Whether every row was copied.
    pub whole: bool,
}

/// How much a copy resembles the live database.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Likeness {
    /// The tables that hold rows, partitions among them.
    pub tables: BTreeMap<ObjectName, CopiedTable>,
    /// What it lacks, one fact each.
    pub notes: Vec<String>,
}

/// One table of the live database.
pub(super) struct Table {
    pub name: ObjectName,
    /// Its columns, quoted; generated ones are left out.
    pub columns: String,
    pub bytes: u64,
    pub rows: Option<u64>,
    /// `reltuples` and `relpages`.
    pub statistics: (String, String),
    /// Why it cannot be read.
    pub closed: Option<String>,
}

/// A sequence: its name, quoted, its last value and whether that was given out.
pub(super) struct Sequence {
    pub name: String,
    pub last: String,
}

impl Table {
    pub(super) fn read(row: &SimpleQueryRow) -> Result<Self, DatabaseError> {
        let text = |column| row.get(column).map(str::to_owned);
        Ok(Self {
            name: ObjectName { schema: text(0), name: text(1).ok_or_else(no_answer)? },
            // A table need not have any.
            columns: text(2).unwrap_or_default(),
            bytes: number(row, 3)?,
            rows: row.get(4).map(|_| number(row, 4)).transpose()?,
            statistics: (text(5).ok_or_else(no_answer)?, text(6).ok_or_else(no_answer)?),
            closed: text(7),
        })
    }
}
