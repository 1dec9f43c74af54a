//! Running scripts statement by statement, and what every transaction of ours is made of.

use tokio_postgres::Error;

use super::answer::by_statement;
use super::error::During;
use super::gate::{self, Gate};
use super::keeping::Kept;
use super::ledger::progress_sql;
use super::session::{PostgresSession, search_path_clause};
use super::text::run_text;
use crate::database::DatabaseError;
use crate::database::contract::{Keeper, ProgressMark, StatementRun, Telling};
use crate::model::{StatementState, Target};

/// Before the record is written: whatever the script deferred is checked while the session is still
/// the script's own; then the session is ours, whoever the script runs as and however it set the
/// encoding and the time a statement may take. The end of the transaction gives it its own choice
/// back. The encoding decides how the next message is read, so this is a message of its own.
pub(super) const AS_OURSELVES: &str = "SET CONSTRAINTS ALL IMMEDIATE; \
     SET LOCAL session_authorization TO DEFAULT; SET LOCAL role TO DEFAULT; \
     SET LOCAL client_encoding TO 'UTF8'; SET LOCAL statement_timeout TO 0";

/// Goes with the BEGIN of a transaction whose script is sent behind it at once, and goes with that.
pub(super) const OPENED: &str = "SET LOCAL turnback.opened TO on;";

/// A message of its own between that BEGIN and the script. A cancel from elsewhere, or a timeout, may
/// strike BEGIN before it has done anything; the script would then be a transaction of its own,
/// committed and not recorded. Here it finds that it may only read, and changes nothing.
pub(super) const UNLESS_OPENED: &str = "SELECT pg_catalog.set_config('default_transaction_read_only', 'on', false) \
     WHERE pg_catalog.current_setting('turnback.opened', true) IS DISTINCT FROM 'on'";

/// A transaction without its commit.
struct Transaction<'a> {
    /// Opens it and settles what holds within it.
    begin: &'a str,
    /// The user's text; may be empty.
    text: &'a str,
    /// What we record.
    record: &'a str,
    /// Whether it is carried out although a stop was asked for.
    tidying: bool,
}

/// Sends the whole transaction at once, in messages of their own, so that a position in the user's
/// text is a position in its message. The record reads the fence.
fn attempt(session: &PostgresSession, transaction: &Transaction<'_>) -> Result<(), DatabaseError> {
    let Transaction { begin, text, record, tidying } = *transaction;
    let client = session.client();
    let begin = format!("{begin}; {OPENED}");
    let (opened, _, ran, changed_back, recorded) = session.while_asked(tidying, async {
        tokio::join!(
            client.simple_query(&begin),
            client.simple_query(UNLESS_OPENED),
            run_text(session, text),
            client.simple_query(AS_OURSELVES),
            client.simple_query(record),
        )
    })?;
    let own = |error: Error| session.fail(&error, During::Own);
    opened.map_err(own)?;
    ran.map_err(|(done, error)| session.fail(&error, During::Script { text, done }))?;
    changed_back.map_err(own)?;
    let recorded = by_statement(recorded.map_err(own)?);
    if recorded.iter().flatten().next().is_none() {
        return Err(DatabaseError::Fenced);
    }
    if session.is_interrupted() && !tidying { Err(DatabaseError::Interrupted) } else { Ok(()) }
}

pub(super) fn commit(session: &PostgresSession, sql: &str) -> Result<(), DatabaseError> {
    let committed = session.settled(session.client().simple_query(sql), During::Commit)?;
    committed.map_err(|error| session.fail(&error, During::Commit))?;
    session.has_its_locks();
    Ok(())
}

/// Reads the fencing token, and holds it against any later runner until the transaction ends. No
/// row comes back where one has been.
pub(super) fn fence_sql(session: &PostgresSession) -> String {
    format!("SELECT token FROM turnback.runner WHERE token = {} FOR SHARE;", session.token)
}

/// Makes the session ready for a script that runs statement by statement.
pub(super) fn begin_statements(
    session: &PostgresSession,
    target: &Target,
) -> Result<(), DatabaseError> {
    let path = search_path_clause(target, "SESSION");
    session.query(&format!("{}; {path}", session.reset()))?;
    Ok(())
}

pub(super) fn run_statement(
    session: &PostgresSession,
    run: &StatementRun<'_>,
    keeper: Option<&mut dyn Keeper>,
) -> Result<(), DatabaseError> {
    let Some(mark) = &run.progress else { return run_alone(session, run.sql) };
    let schema = session.schema(run.target)?;
    if run.atomic {
        let begin = format!("BEGIN; {}", session.lock_timeout_clause(run.lock_timeout, "LOCAL"));
        let text = run.sql.unwrap_or_default();
        let done = progress_sql(schema, run.target, mark, StatementState::Finished);
        let record = format!("{}{done}", fence_sql(session));
        let gate = Gate::of(session, text, run.statements);
        let path = gate::path_of(run.target);
        let explain = |error| gate::explained(session, error, &path, run.statements);
        if let Some(keeper) = keeper {
            let kept = Kept { home: schema, patience: run.lock_timeout, gate, keeper };
            return run_kept(session, &begin, text, &record, kept).map_err(explain);
        }
        let gate = run.lock_timeout.map(|wait| gate.sql(session, &[], wait)).unwrap_or_default();
        let begin = begin + &gate;
        let transaction = Transaction { begin: &begin, text, record: &record, tidying: false };
        return carry_out(session, &transaction).map_err(explain);
    }
    run_marked(session, run, mark, &mut |text| run_alone(session, text))
}

/// A statement that works beside others, however long it takes.
pub(super) fn run_watched(
    session: &PostgresSession,
    run: &StatementRun<'_>,
    tell: &mut Telling<'_>,
) -> Result<(), DatabaseError> {
    let mut watched = |sql: Option<&str>| {
        let text = sql.unwrap_or_default();
        session
            .watched(run_text(session, text), tell)?
            .map_err(|(done, error)| session.fail(&error, During::Script { text, done }))?;
        Ok(())
    };
    match &run.progress {
        Some(mark) => run_marked(session, run, mark, &mut watched),
        None => watched(run.sql),
    }
}

/// A statement without a transaction, between the record that it began and the one that it ended.
fn run_marked(
    session: &PostgresSession,
    run: &StatementRun<'_>,
    mark: &ProgressMark<'_>,
    statement: &mut dyn FnMut(Option<&str>) -> Result<(), DatabaseError>,
) -> Result<(), DatabaseError> {
    let schema = session.schema(run.target)?;
    let mark_as = |state, tidying| {
        let record =
            format!("{}{}", fence_sql(session), progress_sql(schema, run.target, mark, state));
        let transaction = Transaction { begin: "BEGIN", text: "", record: &record, tidying };
        carry_out(session, &transaction)
    };
    mark_as(StatementState::Started, false)?;
    let timeout = match run.lock_timeout {
        Some(_) => session.lock_timeout_clause(run.lock_timeout, "SESSION"),
        None => "SET lock_timeout = 0; ".to_owned(),
    };
    session.query(&timeout)?;
    let ran = statement(run.sql);
    session.tidy("RESET lock_timeout");
    ran?;
    mark_as(StatementState::Finished, true)
}

/// Records how far a script has come.
pub(super) fn mark_statement(
    session: &PostgresSession,
    target: &Target,
    mark: &ProgressMark<'_>,
    state: StatementState,
) -> Result<(), DatabaseError> {
    let schema = session.schema(target)?;
    let record = fence_sql(session) + &progress_sql(schema, target, mark, state);
    let transaction = Transaction { begin: "BEGIN", text: "", record: &record, tidying: false };
    carry_out(session, &transaction)
}

/// A statement's transaction with what is done around it.
fn run_kept(
    session: &PostgresSession,
    begin: &str,
    text: &str,
    record: &str,
    kept: Kept<'_>,
) -> Result<(), DatabaseError> {
    let own = |error: Error| session.fail(&error, During::Own);
    let worked = (|| {
        session.query(begin)?;
        kept.around(session, text, &[text.len()])?;
        session.query(AS_OURSELVES)?;
        let recorded = session.interruptible(session.client().simple_query(record))?;
        let recorded = by_statement(recorded.map_err(own)?);
        if recorded.iter().flatten().next().is_none() {
            return Err(DatabaseError::Fenced);
        }
        Ok(())
    })();
    if let Err(error) = worked {
        session.tidy("ROLLBACK");
        return Err(error);
    }
    commit(session, "COMMIT")
}

/// A transaction within a script, which keeps what the script set for its session.
fn carry_out(
    session: &PostgresSession,
    transaction: &Transaction<'_>,
) -> Result<(), DatabaseError> {
    if let Err(error) = attempt(session, transaction) {
        // A stop may have struck BEGIN as well, and nothing more could be recorded.
        session.tidy("ROLLBACK; RESET default_transaction_read_only");
        return Err(error);
    }
    commit(session, "COMMIT")
}

fn run_alone(session: &PostgresSession, sql: Option<&str>) -> Result<(), DatabaseError> {
    let text = sql.unwrap_or_default();
    session
        .interruptible(run_text(session, text))?
        .map_err(|(done, error)| session.fail(&error, During::Script { text, done }))?;
    Ok(())
}
