//! A dropped table, made again as it was.

use super::fault::BackupFault;
use super::transact::Halt;
use crate::database::{DatabaseError, OpenTransaction};
use crate::model::{ObjectName, SavedTable};

/// A statement of a table's definition that could not be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmade {
    /// The statement.
    pub statement: String,
    /// What the database said.
    pub reason: String,
}

/// Makes a table with what holds for its own rows.
pub(super) fn make_again(
    name: ObjectName,
    table: &SavedTable,
    open: &mut dyn OpenTransaction,
) -> Result<(), Halt> {
    if table.definition.iter().any(|it| is_partitioned(it)) {
        return Err(BackupFault::Partitioned(name).into());
    }
    for statement in table.definition.iter().filter(|it| !refers(it)) {
        open.run(statement)?;
    }
    Ok(())
}

/// Makes its references to other tables, which may not have what they refer to.
pub(super) fn refer_again(
    table: &SavedTable,
    open: &mut dyn OpenTransaction,
) -> Result<Vec<Unmade>, DatabaseError> {
    let mut unmade = Vec::new();
    for statement in table.definition.iter().filter(|it| refers(it)) {
        open.run("SAVEPOINT turnback_reference")?;
        match open.run(statement) {
            Ok(_) => open.run("RELEASE SAVEPOINT turnback_reference")?,
            Err(error @ DatabaseError::Statement { .. }) if !error.is_lock_conflict() => {
                let reason = error.to_string();
                unmade.push(Unmade { statement: statement.clone(), reason });
                open.run("ROLLBACK TO SAVEPOINT turnback_reference")?
            }
            Err(error) => return Err(error),
        };
    }
    Ok(unmade)
}

/// Statements are as the engine wrote them, so their words stand where they always do.
fn refers(statement: &str) -> bool {
    statement.starts_with("ALTER TABLE ") && statement.contains(" FOREIGN KEY (")
}

fn is_partitioned(statement: &str) -> bool {
    statement.starts_with("CREATE TABLE ") && statement.contains(") PARTITION BY ")
}
