//! Running scripts.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio_postgres::{Client, Error, SimpleQueryMessage};

use super::error::During;
use super::ledger::{clear_progress_sql, drop_empty_history_sql, event_sql, progress_sql};
use super::session::{PostgresSession, by_statement, search_path_clause};
use crate::database::contract::{HistoryChange, StatementRun, StepTransaction};
use crate::database::{DatabaseError, history};
use crate::model::StatementState;

/// Leaves the session as the next script expects to find it, whatever this one set.
const RESET: &str = "SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; RESET ALL; DISCARD TEMP";

/// Before the record is written: a script may have changed who it runs as. The end of the
/// transaction gives it its own choice back.
const AS_OURSELVES: &str =
    "SET LOCAL session_authorization TO DEFAULT; SET LOCAL role TO DEFAULT; ";

pub(super) fn run_step(
    session: &PostgresSession,
    step: &StepTransaction<'_>,
) -> Result<(), DatabaseError> {
    let table = session.history_table(step.target)?;
    history::execute(&table, session.width, step.history, step.script, &mut |queries| {
        transact(session, step, &table, queries)
    })
}

/// One transaction in two round trips: everything but the commit is sent at once, in three
/// messages, so that a position in the script is a position in its own message.
fn transact(
    session: &PostgresSession,
    step: &StepTransaction<'_>,
    table: &str,
    queries: &[&str],
) -> Result<(), DatabaseError> {
    let begin = begin_sql(session, step);
    let (script, history) = match step.script {
        Some(_) => (queries.first().copied().unwrap_or_default(), queries.get(1)),
        None => ("", queries.first()),
    };
    let record = record_sql(session, step, table, history.copied())?;
    let sent = session.while_asked(matches!(step.history, HistoryChange::Keep), async {
        tokio::join!(
            session.client().simple_query(&begin),
            run_text(session.client(), script),
            session.client().simple_query(&record),
        )
    });
    let outcome = sent.and_then(|(opened, ran, recorded)| {
        let fence = opened.map_err(|error| session.fail(&error, During::Own))?;
        if by_statement(fence).iter().flatten().count() == 0 {
            return Err(DatabaseError::Fenced);
        }
        ran.map_err(|(done, error)| session.fail(&error, During::Script { text: script, done }))?;
        recorded.map_err(|error| session.fail(&error, During::Own))?;
        if session.is_interrupted() && !matches!(step.history, HistoryChange::Keep) {
            return Err(DatabaseError::Interrupted);
        }
        Ok(())
    });
    if let Err(error) = outcome {
        session.tidy(&format!("ROLLBACK; {RESET}"));
        return Err(error);
    }
    session
        .uninterrupted(session.client().simple_query(&format!("COMMIT; {RESET}")))
        .map_err(|error| session.fail(&error, During::Commit))?;
    Ok(())
}

/// The transaction's own settings, and the fencing token held against any later runner.
fn begin_sql(session: &PostgresSession, step: &StepTransaction<'_>) -> String {
    format!(
        "BEGIN; {}{}SELECT token FROM turnback.runner WHERE token = {} FOR SHARE",
        search_path_clause(step.target, "LOCAL"),
        lock_timeout_clause(step.lock_timeout, "LOCAL"),
        session.token,
    )
}

fn lock_timeout_clause(timeout: Option<Duration>, scope: &str) -> String {
    timeout.map_or_else(String::new, |timeout| {
        format!("SET {scope} lock_timeout = {}; ", timeout.as_millis().max(1))
    })
}

fn record_sql(
    session: &PostgresSession,
    step: &StepTransaction<'_>,
    table: &str,
    history: Option<&str>,
) -> Result<String, DatabaseError> {
    let schema = session.schema(step.target)?;
    let mut sql = AS_OURSELVES.to_owned();
    if let Some(history) = history {
        sql += history;
        sql += ";";
    }
    if matches!(step.history, HistoryChange::Delete(_)) {
        sql += &drop_empty_history_sql(schema, step.target, table);
    }
    if step.clear_progress {
        sql += &clear_progress_sql(schema, step.target, step.event.version);
    }
    Ok(sql + &event_sql(schema, step.target, step.event))
}

/// Runs a text of the user's. Rows it returns are thrown away as they come. The error carries how
/// many of its statements had finished.
async fn run_text(client: &Client, text: &str) -> Result<(), (usize, Error)> {
    if text.is_empty() {
        return Ok(());
    }
    let stream = client.simple_query_raw(text).await.map_err(|error| (0, error))?;
    tokio::pin!(stream);
    let mut done = 0;
    while let Some(message) = stream.next().await {
        if let SimpleQueryMessage::CommandComplete(_) = message.map_err(|error| (done, error))? {
            done += 1;
        }
    }
    Ok(())
}

pub(super) fn run_statement(
    session: &PostgresSession,
    run: &StatementRun<'_>,
) -> Result<(), DatabaseError> {
    if run.first {
        let path = search_path_clause(run.target, "SESSION");
        session.query(&format!("{RESET}; {path}"))?;
    }
    let schema = session.schema(run.target)?;
    let Some(mark) = &run.progress else { return execute(session, run.sql, "", "") };
    let mark_as =
        |state| format!("{AS_OURSELVES}{}", progress_sql(schema, run.target, mark, state));
    if run.atomic {
        let timeout = lock_timeout_clause(run.lock_timeout, "LOCAL");
        execute(
            session,
            run.sql,
            &format!("BEGIN; {timeout}"),
            &mark_as(StatementState::Finished),
        )?;
        session
            .uninterrupted(session.client().simple_query("COMMIT"))
            .map_err(|error| session.fail(&error, During::Commit))?;
        return Ok(());
    }
    session.query(&format!("BEGIN; {} COMMIT", mark_as(StatementState::Started)))?;
    let timeout = match run.lock_timeout {
        Some(_) => lock_timeout_clause(run.lock_timeout, "SESSION"),
        None => "SET lock_timeout = 0; ".to_owned(),
    };
    session.query(&timeout)?;
    let ran = execute(session, run.sql, "", "");
    session.tidy("RESET lock_timeout");
    ran?;
    let finished = format!("BEGIN; {} COMMIT", mark_as(StatementState::Finished));
    session
        .uninterrupted(session.client().simple_query(&finished))
        .map_err(|error| session.fail(&error, During::Commit))?;
    Ok(())
}

/// Sends what comes before, the statement, and what comes after, all at once.
fn execute(
    session: &PostgresSession,
    sql: Option<&str>,
    before: &str,
    after: &str,
) -> Result<(), DatabaseError> {
    let text = sql.unwrap_or_default();
    let client = session.client();
    let outcome = session
        .interruptible(async {
            tokio::join!(run_text(client, before), run_text(client, text), run_text(client, after))
        })
        .and_then(|(opened, ran, recorded)| {
            opened.map_err(|(_, error)| session.fail(&error, During::Own))?;
            ran.map_err(|(done, error)| session.fail(&error, During::Script { text, done }))?;
            recorded.map_err(|(_, error)| session.fail(&error, During::Own))
        });
    if outcome.is_err() && !before.is_empty() {
        session.tidy("ROLLBACK");
    }
    outcome
}
