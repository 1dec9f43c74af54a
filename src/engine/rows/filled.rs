//! What became of the tables that were to have rows.

use std::collections::BTreeMap;

use crate::database::DatabaseError;
use crate::model::ObjectName;

/// What became of the tables that were to have rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filled {
    /// How many rows each table was given.
    pub rows: BTreeMap<ObjectName, u64>,
    /// The tables for which no row could be made.
    pub left_empty: Vec<LeftEmpty>,
}

/// A table for which no row could be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftEmpty {
    /// Which one.
    pub table: ObjectName,
    /// What the database said of the last try, or what could not be found.
    pub reason: String,
    /// The SQLSTATE, or `SQLite`'s result code by name, where the database refused.
    pub code: Option<String>,
}

/// Why no row could be made.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub reason: String,
    pub code: Option<String>,
}

impl Refusal {
    pub fn of(error: &DatabaseError) -> Self {
        Self { reason: error.to_string(), code: error.code().map(str::to_owned) }
    }

    /// The rows others refer to could not be made.
    pub fn unpaid() -> Self {
        let reason = "the rows its foreign key names could not be made".to_owned();
        Self { reason, code: None }
    }

    pub fn for_table(self, table: ObjectName) -> LeftEmpty {
        LeftEmpty { table, reason: self.reason, code: self.code }
    }
}
