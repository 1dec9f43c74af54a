//! Savepoints within a trial.

use crate::database::{DatabaseError, Session};

/// What is gone when a savepoint was gone back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Undone {
    /// What was done since.
    Savepoint,
    /// All of it: the savepoint does not stand any more. In `SQLite` a conflict can end the whole
    /// transaction (`OR ROLLBACK`, `RAISE(ROLLBACK, …)`).
    Trial,
}

/// Undoes what was done since a savepoint, and the savepoint.
pub(super) fn undo_to(session: &mut dyn Session, savepoint: &str) -> Result<Undone, DatabaseError> {
    if let Err(error) = session.try_statement(&format!("ROLLBACK TO SAVEPOINT {savepoint}")) {
        statement_error(error)?;
        return Ok(Undone::Trial);
    }
    session.try_statement(&format!("RELEASE SAVEPOINT {savepoint}"))?;
    Ok(Undone::Savepoint)
}

/// What a statement was refused for; an error of the run itself stays one.
pub(super) fn statement_error(error: DatabaseError) -> Result<DatabaseError, DatabaseError> {
    if matches!(error, DatabaseError::Statement { .. }) { Ok(error) } else { Err(error) }
}
