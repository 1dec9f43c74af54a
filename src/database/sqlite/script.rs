//! Running scripts on `SQLite`.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::error::{convert, convert_statement};
use super::keeping::{Kept, Watch, touched_by, within};
use super::transaction::immediate;
use super::{catalog, ledger};
use crate::catalog::Scope;
use crate::database::contract::{
    Catalogs, Ending, HistoryChange, Judge, Keep, Keeper, Keeping, StatementClock, StatementRun,
    StepTransaction,
};
use crate::database::error::Position;
use crate::database::{DatabaseError, history};
use crate::model::StatementState;
use crate::sql::quote_identifier;

/// How long a commit waits for readers when nothing was said.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many dangling rows an error shows.
const EXAMPLES: usize = 5;

/// Who works around a script, and what tells them what its statements will touch.
struct Around<'a> {
    watch: &'a Watch,
    keeper: &'a mut dyn Keeper,
}

/// A connection, and where it is written down when statements run.
type Timed<'a> = (&'a mut Connection, Option<&'a StatementClock>);

pub(super) fn run_step(
    (connection, clock): Timed<'_>,
    step: &StepTransaction<'_>,
    judge: &mut Judge<'_>,
    keeper: Option<&mut dyn Keeper>,
) -> Result<(), DatabaseError> {
    // A script before this one may have switched them on.
    connection.pragma_update(None, "foreign_keys", false).map_err(convert)?;
    connection.busy_timeout(step.lock_timeout.unwrap_or(PATIENCE)).map_err(convert)?;
    let table = quote_identifier(&step.target.history_table);
    let width = ledger::width(connection, step.target)?;
    watched(connection, keeper, |connection, mut around| {
        history::execute(&table, width, step.history, step.script, &mut |queries| {
            until_known(|| transact((&mut *connection, clock), step, queries, judge, &mut around))
        })
    })
}

/// Tries a transaction until it was known from its beginning what it touches. Each attempt finds
/// out more, and there is no more than all there is.
fn until_known(
    mut transact: impl FnMut() -> Result<(), DatabaseError>,
) -> Result<(), DatabaseError> {
    loop {
        match transact() {
            Err(DatabaseError::Anew) => {}
            outcome => return outcome,
        }
    }
}

/// Does something while it is watched what statements will touch, where somebody asks.
fn watched(
    connection: &mut Connection,
    keeper: Option<&mut dyn Keeper>,
    work: impl FnOnce(&mut Connection, Option<Around<'_>>) -> Result<(), DatabaseError>,
) -> Result<(), DatabaseError> {
    let Some(keeper) = keeper else { return work(connection, None) };
    let watch = Watch::begin(connection).map_err(convert)?;
    let outcome = work(connection, Some(Around { watch: &watch, keeper }));
    Watch::end(connection).map_err(convert)?;
    outcome
}

/// Script (the first query, if the step has one), history, ledger: one transaction. Dropping it
/// without a commit rolls it back.
fn transact(
    (connection, clock): Timed<'_>,
    step: &StepTransaction<'_>,
    queries: &[&str],
    judge: &mut Judge<'_>,
    around: &mut Option<Around<'_>>,
) -> Result<(), DatabaseError> {
    let began = Instant::now();
    let transaction = immediate(connection)?;
    let read = |scope: Option<&Scope>| {
        scope.map(|scope| catalog::within_transaction(&transaction, scope)).transpose()
    };
    let catalog_before = read(step.reading.before()).map_err(convert)?;
    let before = violations_if(step.check_foreign_keys, &transaction)?;
    run_script((&transaction, clock), step, around)?;
    let records = queries.iter().skip(usize::from(step.script.is_some()));
    refuse_dangling(&before, &violations_if(step.check_foreign_keys, &transaction)?)?;
    let catalogs = match read(step.reading.after()).map_err(convert)? {
        Some(after) => {
            let catalogs = Catalogs { before: catalog_before, after };
            Some(judge(catalogs).ok_or(DatabaseError::Withheld)?)
        }
        None => None,
    };
    for record in records {
        transaction.execute_batch(record).map_err(convert)?;
    }
    if matches!(step.history, HistoryChange::Delete(_)) {
        ledger::drop_empty_history(&transaction, step.target).map_err(convert)?;
    }
    if step.clear_progress {
        ledger::clear_progress(&transaction, step.target, step.event.version).map_err(convert)?;
    }
    ledger::write_event(&transaction, step.target, step.event, catalogs.as_ref(), began)
        .map_err(convert)?;
    transaction.commit().map_err(convert)
}

fn run_script(
    (connection, clock): (&Connection, Option<&StatementClock>),
    step: &StepTransaction<'_>,
    around: &mut Option<Around<'_>>,
) -> Result<(), DatabaseError> {
    let mut kept = match around {
        Some(Around { watch, keeper }) => {
            Some(Kept::begin(connection, &step.target.history_table, watch, &mut **keeper)?)
        }
        None => None,
    };
    let script = step.script.unwrap_or_default();
    let statements = if step.script.is_some() { step.statements } else { &[] };
    for (index, statement) in statements.iter().enumerate() {
        let (text, start) = (&script[statement.span.clone()], statement.span.start);
        let failed =
            |error| at_statement(convert_statement(error, Position::Offset(start)), start, index);
        timed(clock, index, || match &mut kept {
            Some(kept) => kept.run(index, text, failed),
            None => run_to_end(connection, text).map_err(failed),
        })?;
    }
    kept.map_or(Ok(()), Kept::behind)
}

/// `SQLite` gives a place only for what it could not compile; otherwise the statement is the place.
fn at_statement(error: DatabaseError, start: usize, index: usize) -> DatabaseError {
    match error {
        DatabaseError::Statement { message, server, position: Position::Offset(offset) }
            if offset == start =>
        {
            DatabaseError::Statement { message, server, position: Position::Statement(index) }
        }
        other => other,
    }
}

/// Does a statement's work, and writes down when, and how many rows it touched.
fn timed(
    clock: Option<&StatementClock>,
    index: usize,
    work: impl FnOnce() -> Result<u64, DatabaseError>,
) -> Result<(), DatabaseError> {
    let began = Instant::now();
    let outcome = work();
    if let Some(clock) = clock {
        clock.ran(began, index..index + 1, outcome.iter().copied().collect());
    }
    outcome.map(|_| ())
}

/// Runs one statement, reads its rows, if it has any, to the end, and tells how many it touched.
fn run_to_end(connection: &Connection, sql: &str) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare(sql)?;
    touched_by(connection, &mut statement)
}

pub(super) fn run_statement(
    (connection, clock): Timed<'_>,
    run: &StatementRun<'_>,
    keeper: Option<&mut dyn Keeper>,
) -> Result<(), DatabaseError> {
    connection.busy_timeout(run.lock_timeout.unwrap_or(PATIENCE)).map_err(convert)?;
    let failed = |error| convert_statement(error, Position::Offset(0));
    let execute = |connection: &Connection| match run.sql {
        Some(sql) => timed(clock, 0, || run_to_end(connection, sql).map_err(failed)),
        None => Ok(()),
    };
    let Some(mark) = &run.progress else { return execute(connection) };
    let record = |connection: &Connection, state| {
        ledger::write_progress(connection, run.target, mark, state).map_err(convert)
    };
    if !run.atomic {
        record(connection, StatementState::Started)?;
        execute(connection)?;
        return record(connection, StatementState::Finished);
    }
    watched(connection, keeper, |connection, mut around| {
        until_known(|| {
            let transaction = immediate(connection)?;
            match (&mut around, run.sql) {
                (Some(Around { watch, keeper }), Some(sql)) => {
                    let history = &run.target.history_table;
                    let mut kept = Kept::begin(&transaction, history, watch, &mut **keeper)?;
                    timed(clock, 0, || kept.run(0, sql, failed))?;
                    kept.behind()?;
                }
                _ => execute(&transaction)?,
            }
            record(&transaction, StatementState::Finished)?;
            transaction.commit().map_err(convert)
        })
    })
}

/// Does turnback's own work in a transaction. Rows that it leaves without their parents stop it.
pub(super) fn keep(
    connection: &mut Connection,
    keep: &Keep<'_>,
    work: &mut Keeping<'_>,
) -> Result<(), DatabaseError> {
    connection.pragma_update(None, "foreign_keys", false).map_err(convert)?;
    connection.busy_timeout(keep.lock_timeout).map_err(convert)?;
    let transaction = immediate(connection)?;
    let before = violations_if(!keep.own_tables, &transaction)?;
    within(&transaction, &keep.target.history_table, work)?;
    refuse_dangling(&before, &violations_if(!keep.own_tables, &transaction)?)?;
    match keep.ending {
        Ending::Commit => transaction.commit(),
        Ending::Undo => transaction.rollback(),
    }
    .map_err(convert)
}

/// Rows without their parent: how many for each table and referenced table, and some of them.
#[derive(Default)]
struct Dangling {
    counts: BTreeMap<(String, String), usize>,
    examples: Vec<((String, String), String)>,
}

fn violations_if(asked: bool, connection: &Connection) -> Result<Dangling, DatabaseError> {
    if asked { violations(connection).map_err(convert) } else { Ok(Dangling::default()) }
}

fn violations(connection: &Connection) -> rusqlite::Result<Dangling> {
    let mut dangling = Dangling::default();
    match collect(connection, "PRAGMA foreign_key_check", &mut dangling) {
        Ok(()) => return Ok(dangling),
        Err(error) if mismatch(&error).is_some() => dangling = Dangling::default(),
        Err(error) => return Err(error),
    }
    // A foreign key that refers to no key stops the check of the whole database. SQLite lets such
    // tables be made, and applications that enforce nothing live with them: only they are left out.
    let mut tables = connection.prepare(
        "SELECT name FROM sqlite_schema AS t WHERE type = 'table' \
         AND EXISTS (SELECT 1 FROM pragma_foreign_key_list(t.name))",
    )?;
    let tables: Vec<String> =
        tables.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for table in tables {
        let check = format!("PRAGMA foreign_key_check({})", quote_identifier(&table));
        let Err(error) = collect(connection, &check, &mut dangling) else { continue };
        let Some(message) = mismatch(&error) else { return Err(error) };
        let key = (table, message.to_owned());
        dangling.counts.insert(key.clone(), 1);
        dangling.examples.push((key, message.to_owned()));
    }
    Ok(dangling)
}

/// What SQLite says of a foreign key that refers to no key.
fn mismatch(error: &rusqlite::Error) -> Option<&str> {
    let message = match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message,
        rusqlite::Error::SqlInputError { msg, .. } => msg,
        _ => return None,
    };
    message.starts_with("foreign key mismatch").then_some(message)
}

fn collect(connection: &Connection, check: &str, dangling: &mut Dangling) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(check)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (table, rowid, parent): (String, Option<i64>, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let row = rowid.map_or_else(|| "a row".to_owned(), |rowid| format!("row {rowid}"));
        let key = (table, parent);
        let example = format!("{}: {row} names a missing row of {}", key.0, key.1);
        let count = dangling.counts.entry(key.clone()).or_default();
        *count += 1;
        if *count <= EXAMPLES {
            dangling.examples.push((key, example));
        }
    }
    Ok(())
}

/// Rows that dangled before are not the script's doing.
fn refuse_dangling(before: &Dangling, after: &Dangling) -> Result<(), DatabaseError> {
    let grown = |key: &(String, String)| {
        let then = before.counts.get(key).copied().unwrap_or_default();
        after.counts.get(key).copied().unwrap_or_default().saturating_sub(then)
    };
    let count = after.counts.keys().map(grown).sum();
    if count == 0 {
        return Ok(());
    }
    let examples = after
        .examples
        .iter()
        .filter(|(key, _)| grown(key) > 0)
        .map(|(_, example)| example.clone())
        .take(EXAMPLES)
        .collect();
    Err(DatabaseError::ForeignKeys { count, examples })
}
