//! How large tables are.

use super::answer::number;
use super::session::{PostgresSession, quote_literal, search_path_clause};
use crate::database::DatabaseError;
use crate::database::contract::TableSize;
use crate::model::{ObjectName, Target};
use crate::sql::quote_name;

/// How long it is waited for a table that somebody has locked: nobody is to queue behind us.
const PATIENCE: &str = "50ms";

pub(super) fn table_sizes(
    session: &PostgresSession,
    target: &Target,
    tables: &[ObjectName],
) -> Result<Vec<Option<TableSize>>, DatabaseError> {
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    match measure(session, target, tables) {
        // One of them is locked: the others can still be measured.
        Err(DatabaseError::Statement { .. }) if tables.len() > 1 => {
            let each = tables.iter().map(|table| {
                let measured = measure(session, target, std::slice::from_ref(table));
                measured.map(|sizes| sizes.into_iter().next().flatten()).or_else(unknown)
            });
            each.collect()
        }
        Err(error) => unknown(error).map(|_| vec![None; tables.len()]),
        measured => measured,
    }
}

/// What the server refuses is not known; anything else is a failure.
fn unknown(error: DatabaseError) -> Result<Option<TableSize>, DatabaseError> {
    match error {
        DatabaseError::Statement { .. } => Ok(None),
        error => Err(error),
    }
}

fn measure(
    session: &PostgresSession,
    target: &Target,
    tables: &[ObjectName],
) -> Result<Vec<Option<TableSize>>, DatabaseError> {
    let names: Vec<String> = tables.iter().map(|table| quote_literal(&quote_name(table))).collect();
    let sql = include_str!("sizes.sql").replace("__NAMES__", &names.join(", "));
    let path = search_path_clause(target, "LOCAL");
    let asked = session.query(&format!(
        "BEGIN READ ONLY; {path}SET LOCAL lock_timeout = '{PATIENCE}'; {sql}; COMMIT"
    ));
    let answer = asked.inspect_err(|_| session.tidy("ROLLBACK"))?;
    let mut sizes = vec![None; tables.len()];
    for row in answer.iter().flatten() {
        let place: usize = number(row, 0)?;
        let size =
            TableSize { table: number(row, 1)?, indexes: number(row, 2)?, total: number(row, 3)? };
        if let Some(slot) = sizes.get_mut(place.saturating_sub(1)) {
            *slot = Some(size);
        }
    }
    Ok(sizes)
}
