//! Writing rows that the table's own rules may refuse: what somebody wrote meanwhile may hold the
//! value of a unique key, or have removed the row that a foreign key names.

use super::dialect::Dialect;
use crate::database::{DatabaseError, OpenTransaction};

/// What was written, and what was not.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// How many rows were written.
    pub rows: u64,
    /// The saved rows that were refused, each with its address and the reason.
    pub refused: Vec<(String, String)>,
}

/// A statement over saved rows, as `b`.
pub(super) struct Statement<'a> {
    /// Makes it, with a further condition on the rows; an empty one for all of them.
    pub sql: &'a dyn Fn(&str) -> String,
    /// Where the rows come from and which they are, as what stands behind FROM.
    pub found: &'a str,
    /// Whether rows without their parents are refused one by one as well, rather than all together.
    pub without_parents: bool,
}

/// Runs it. Where rows are refused, it is run for halves, and halves of these, until those alone
/// are left out.
pub(super) fn write(
    dialect: Dialect,
    statement: &Statement<'_>,
    open: &mut dyn OpenTransaction,
) -> Result<Written, DatabaseError> {
    let first = attempt(&(statement.sql)(""), statement, open)?;
    if let Ok(rows) = first {
        return Ok(Written { rows, refused: Vec::new() });
    }
    let address = dialect.addresses()[0];
    let found = statement.found;
    let listed = open.ask(&format!("SELECT b.{address} FROM {found} ORDER BY 1"))?;
    let addresses: Vec<String> =
        listed.rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect();
    let mut written = Written::default();
    let all = 0..addresses.len();
    let mut open_parts = Vec::from([all]);
    while let Some(part) = open_parts.pop() {
        let (Some(from), Some(to)) = (addresses.get(part.start), addresses.get(part.end - 1))
        else {
            continue;
        };
        let literal = |address: &str| dialect.address_literal(address);
        let condition = format!(" AND b.{address} BETWEEN {} AND {}", literal(from), literal(to));
        match attempt(&(statement.sql)(&condition), statement, open)? {
            Ok(rows) => written.rows += rows,
            Err(reason) if part.len() == 1 => written.refused.push((from.clone(), reason)),
            Err(_) => {
                let middle = part.start + part.len() / 2;
                open_parts.push(middle..part.end);
                open_parts.push(part.start..middle);
            }
        }
    }
    Ok(written)
}

/// How many rows were written, or why none was.
fn attempt(
    sql: &str,
    statement: &Statement<'_>,
    open: &mut dyn OpenTransaction,
) -> Result<Result<u64, String>, DatabaseError> {
    open.run("SAVEPOINT turnback_part")?;
    match open.run(sql) {
        Ok(rows) => {
            open.run("RELEASE SAVEPOINT turnback_part")?;
            Ok(Ok(rows))
        }
        Err(error) if is_refusal(&error, statement.without_parents) => {
            open.run("ROLLBACK TO SAVEPOINT turnback_part")?;
            open.run("RELEASE SAVEPOINT turnback_part")?;
            Ok(Err(error.to_string()))
        }
        Err(error) => Err(error),
    }
}

/// SQLSTATE class 23, integrity constraint violations, and what `SQLite` calls so.
fn is_refusal(error: &DatabaseError, without_parents: bool) -> bool {
    error.code().is_some_and(|code| match code {
        "23503" => without_parents,
        code => code.starts_with("23") || code.starts_with("SQLITE_CONSTRAINT"),
    })
}
