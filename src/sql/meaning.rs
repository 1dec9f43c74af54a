//! What a statement means, whatever the engine.

use std::collections::HashMap;

use super::script::{Affected, Reach, RowChange, StatementKind};
use crate::model::{ColumnNeed, ObjectName, ObjectRef};

/// What a statement means for those who plan it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meaning {
    pub kind: StatementKind,
    pub affects: Vec<Affected>,
    pub reaches: Vec<Reach>,
    pub destroys: Vec<ObjectRef>,
    /// The rows it changes; those of an `UPDATE` or `DELETE` itself come first.
    pub changes: Vec<RowChange>,
    /// The table a `CREATE TABLE` makes, with its columns.
    pub creates: Option<(ObjectName, Vec<ColumnNeed>)>,
}

impl Default for Meaning {
    fn default() -> Self {
        Self::other(Vec::new())
    }
}

impl Meaning {
    pub fn new(kind: StatementKind, affects: Vec<Affected>) -> Self {
        Self {
            kind,
            affects,
            reaches: Vec::new(),
            destroys: Vec::new(),
            changes: Vec::new(),
            creates: None,
        }
    }

    pub fn other(affects: Vec<Affected>) -> Self {
        Self::new(StatementKind::Other, affects)
    }

    /// What an `UPDATE` or `DELETE` does to the rows of its own table.
    pub fn own_change(&self) -> Option<&RowChange> {
        let is_change = matches!(self.kind, StatementKind::Update | StatementKind::Delete);
        self.changes.first().filter(|_| is_change)
    }
}

/// Each object once, where it came first, with the strongest of its locks.
pub(super) fn strongest(affects: Vec<Affected>) -> Vec<Affected> {
    let mut places = HashMap::new();
    let mut kept: Vec<Affected> = Vec::with_capacity(affects.len());
    for affected in affects {
        let place = *places.entry(affected.object.clone()).or_insert(kept.len());
        match kept.get_mut(place) {
            Some(known) => known.lock = known.lock.max(affected.lock),
            None => kept.push(affected),
        }
    }
    kept
}
