//! Rows of a live database in a throwaway one with the same tables.

mod after;
mod closure;
mod pipe;
mod source;
mod table;

use self::pipe::Pipe;
use self::table::Table;
use super::session::PostgresSession;
use crate::database::{DatabaseError, Interrupt};
use crate::settings::libpq::ConnectionParameters;
use crate::sql::quote_name;

pub use table::{CopiedTable, Likeness, Sample};

/// Copies rows of the live database, in one snapshot and reading only, into one with the same
/// tables; with those that their foreign keys refer to. Triggers and foreign keys are off meanwhile.
/// The copy also gets the settings scripts find, the state of sequences and the server's word on the
/// tables' sizes.
pub fn copy_rows(
    live: &ConnectionParameters,
    copy: &ConnectionParameters,
    sample: Sample,
    interrupt: &Interrupt,
) -> Result<Likeness, DatabaseError> {
    let live = PostgresSession::open(live, interrupt)?;
    let copy = PostgresSession::open(copy, interrupt)?;
    after::carry_settings(&live, &copy)?;
    let mut likeness = Likeness::default();
    let pipe = Pipe::open(&live, &copy)?;
    let mut tables = pipe.tables()?;
    // What could not be made there was told when it was tried.
    let made = pipe.tables_of_copy()?;
    tables.retain(|it| made.contains_key(&it.name));
    for table in &tables {
        let all = table.bytes == 0;
        let (there, bytes) = (table.rows, table.bytes);
        let copied = CopiedTable { here: 0, there, bytes, whole: all };
        likeness.tables.insert(table.name.clone(), copied);
    }
    if sample != Sample::Rows(0) {
        match pipe.switch_triggers_off() {
            Ok(()) => {
                for table in tables.iter().filter(|it| made.get(&it.name) == Some(&true)) {
                    copy.query(&format!("DELETE FROM ONLY {}", quote_name(&table.name)))?;
                }
                fill(&pipe, &tables, sample, &mut likeness)?;
                closure::complete(&pipe, &mut likeness)?;
            }
            Err(DatabaseError::Statement { message, .. }) => likeness.notes.push(format!(
                "no rows were copied: triggers and foreign keys cannot be switched off: {message}"
            )),
            Err(error) => return Err(error),
        }
    }
    let sequences = pipe.close()?;
    copy.silence_event_triggers()?;
    after::finish(&copy, &tables, &sequences, &mut likeness)?;
    Ok(likeness)
}

fn fill(
    pipe: &Pipe<'_>,
    tables: &[Table],
    sample: Sample,
    likeness: &mut Likeness,
) -> Result<(), DatabaseError> {
    for table in tables.iter().filter(|it| it.bytes > 0) {
        if let Some(reason) = &table.closed {
            likeness.notes.push(format!("no row of {} was copied: {reason}", table.name));
            continue;
        }
        let (name, columns) = (quote_name(&table.name), &table.columns);
        let limit = match sample {
            Sample::Rows(rows) => format!(" LIMIT {rows}"),
            Sample::All => String::new(),
        };
        let select = format!("SELECT {columns} FROM ONLY {name}{limit}");
        let into = if columns.is_empty() { name.clone() } else { format!("{name} ({columns})") };
        match pipe.copy(&select, &into)? {
            Ok(rows) => {
                let whole = match sample {
                    Sample::Rows(limit) => rows < limit,
                    Sample::All => true,
                };
                if let Some(copied) = likeness.tables.get_mut(&table.name) {
                    copied.here = rows;
                    copied.whole = whole;
                    if whole {
                        copied.there = Some(rows);
                    }
                }
            }
            Err(reason) => {
                likeness.notes.push(format!("no row of {} was copied: {reason}", table.name));
            }
        }
    }
    Ok(())
}
