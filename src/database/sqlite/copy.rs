//! A database as another file.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::error::convert;
use super::{SqliteSession, configure};
use crate::database::{DatabaseError, Interrupt};
use crate::settings::SqliteLocation;

/// Pages copied before it is looked whether to stop.
const PAGES: i32 = 4_096;

/// Copies a database, page by page, while others may read and write it: what is committed meanwhile
/// is in the copy.
pub fn copy_file(
    from: &SqliteLocation,
    to: &Path,
    interrupt: &Interrupt,
) -> Result<(), DatabaseError> {
    let source = SqliteSession::open(from, interrupt)?;
    let mut copy = Connection::open(to).map_err(convert)?;
    configure(&mut copy, interrupt).map_err(convert)?;
    let backup = Backup::new(&source.connection, &mut copy).map_err(convert)?;
    loop {
        match backup.step(PAGES).map_err(convert)? {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            // Somebody writes.
            _ => std::thread::sleep(std::time::Duration::from_millis(5)),
        }
        if interrupt.is_raised() {
            return Err(DatabaseError::Interrupted);
        }
    }
}
