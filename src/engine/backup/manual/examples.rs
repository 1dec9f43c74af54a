//! Some rows, for people to see what is done.

use super::sight::{CONFLICT, MISSING, RESTORE, Sight};
use super::view::Part;
use crate::database::{DatabaseError, OpenTransaction};
use crate::sql::quote_identifier;

/// How many rows of each kind are shown.
const SHOWN: usize = 3;

/// Columns with their values as text.
type Values = Vec<(String, Option<String>)>;

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowFate {
    /// It gets its saved values.
    Restored,
    /// It comes back.
    Inserted,
    /// It was changed since, and stays as it is.
    Conflict,
    /// It was changed since, and gets its saved values all the same.
    Overwritten,
}

impl RowFate {
    /// The word in JSON and for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Restored => "restored",
            Self::Inserted => "inserted",
            Self::Conflict => "conflict",
            Self::Overwritten => "overwritten",
        }
    }
}

/// A row, what was saved of it, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowExample {
    /// What becomes of it.
    pub fate: RowFate,
    /// What tells it from others.
    pub row: Values,
    /// The saved values.
    pub saved: Values,
    /// The present ones; `None` where the row is gone.
    pub present: Option<Values>,
}

/// Some rows of each fate. `overwrites` tells what becomes of conflicts.
pub(super) fn examples(
    sight: &Sight<'_>,
    overwrites: bool,
    open: &mut dyn OpenTransaction,
) -> Result<Vec<RowExample>, DatabaseError> {
    let of_conflict = if overwrites { RowFate::Overwritten } else { RowFate::Conflict };
    let fates = [
        (RESTORE, RowFate::Restored, sight.counts.restore),
        (MISSING, RowFate::Inserted, sight.counts.missing),
        (CONFLICT, of_conflict, sight.counts.conflict),
    ];
    let mut examples = Vec::new();
    for (fate, shown, _) in fates.into_iter().filter(|(_, _, count)| *count > 0) {
        examples.extend(of_fate(sight, fate, shown, open)?);
    }
    Ok(examples)
}

fn of_fate(
    sight: &Sight<'_>,
    fate: &str,
    shown: RowFate,
    open: &mut dyn OpenTransaction,
) -> Result<Vec<RowExample>, DatabaseError> {
    let view = sight.view;
    let identity: Vec<&str> =
        view.table.identity.columns().iter().map(|it| it.name.as_str()).collect();
    let parts: Vec<&Part> = view.values().collect();
    let own = |alias: &str, name: &str| format!("{alias}.{}", quote_identifier(name));
    let list = identity
        .iter()
        .map(|name| own("b", name))
        .chain(parts.iter().map(|part| own("b", &part.saved.name)))
        .chain(parts.iter().map(|part| own("t", &part.now.name)));
    let list: Vec<String> = list.collect();
    if list.is_empty() {
        return Ok(Vec::new());
    }
    let rows =
        open.ask(&format!("SELECT {} FROM {} LIMIT {SHOWN}", list.join(", "), sight.found(fate)))?;
    let example = |mut row: Vec<Option<String>>| {
        let present = row.split_off(identity.len() + parts.len());
        let saved = row.split_off(identity.len());
        let named = |values: Vec<Option<String>>| -> Values {
            parts.iter().map(|part| part.now.name.clone()).zip(values).collect()
        };
        RowExample {
            fate: shown,
            row: identity.iter().map(|name| (*name).to_owned()).zip(row).collect(),
            saved: named(saved),
            present: (shown != RowFate::Inserted).then(|| named(present)),
        }
    };
    Ok(rows.rows.into_iter().map(example).collect())
}
