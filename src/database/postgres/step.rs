//! A step that is one transaction: script, proof and record.

use tokio_postgres::{Error, SimpleQueryMessage};

use super::answer::by_statement;
use super::catalog;
use super::error::During;
use super::gate::{self, Gate};
use super::held::note_locks;
use super::keeping::{Kept, run_part};
use super::ledger::{clear_progress_sql, drop_empty_history_sql, event_sql};
use super::prepared::{self, Name};
use super::script::{AS_OURSELVES, OPENED, UNLESS_OPENED, fence_sql};
use super::session::{PostgresSession, search_path_clause};
use super::text::run_text;
use crate::catalog::Scope;
use crate::database::contract::{
    CatalogRecord, Catalogs, HistoryChange, Judge, Keeper, Reading, StepTransaction,
};
use crate::database::{DatabaseError, history};

pub(super) fn run_step(
    session: &PostgresSession,
    step: &StepTransaction<'_>,
    judge: &mut Judge<'_>,
    mut keeper: Option<&mut dyn Keeper>,
) -> Result<(), DatabaseError> {
    let table = session.history_table(step.target)?;
    history::execute(&table, session.width, step.history, step.script, &mut |queries| {
        // A reborrow, for each attempt its own.
        let keeper = keeper.as_mut().map(|keeper| &mut **keeper as &mut dyn Keeper);
        transact(session, step, &table, queries, judge, keeper)
    })
}

/// One transaction in two round trips: everything up to the catalog behind the script; then, if
/// that is as it should be, record and commit.
fn transact(
    session: &PostgresSession,
    step: &StepTransaction<'_>,
    table: &str,
    queries: &[&str],
    judge: &mut Judge<'_>,
    keeper: Option<&mut dyn Keeper>,
) -> Result<(), DatabaseError> {
    let (script, history) = match step.script {
        Some(_) => (queries.first().copied().unwrap_or_default(), queries.get(1)),
        None => ("", queries.first()),
    };
    let is_timed = session.clock.is_some() && step.script.is_some();
    let attempted = if keeper.is_some() || is_timed {
        attempt_in_turn(session, step, script, keeper)
    } else {
        attempt(session, step, script)
    };
    let worked = attempted.and_then(|catalogs| {
        let record = catalogs.map(|catalogs| judge(catalogs).ok_or(DatabaseError::Withheld));
        record_sql(session, step, table, history.copied(), record.transpose()?.as_ref())
    });
    match worked {
        Ok(record) => commit(session, &record),
        Err(error) => {
            session.tidy(&format!("ROLLBACK; {}", session.reset()));
            let path = gate::path_of(step.target);
            Err(gate::explained(session, error, &path, step.statements))
        }
    }
}

/// Everything before the record, sent at once in messages of their own, so that a position in the
/// user's text is a position in its message.
fn attempt(
    session: &PostgresSession,
    step: &StepTransaction<'_>,
    text: &str,
) -> Result<Option<Catalogs>, DatabaseError> {
    let tidying = matches!(step.history, HistoryChange::Keep);
    let client = session.client();
    let own = |error: Error| session.fail(&error, During::Own);
    let begin = begin_sql(session, step);
    let gate = match step.lock_timeout {
        Some(wait) => Gate::of(session, text, step.statements).sql(session, &[], wait),
        None => String::new(),
    };
    let settle = format!("{UNLESS_OPENED}; {}", settings_sql(step, &gate));
    let readings = Readings::begin(session, step);
    let (first, second) = (&readings.first, &readings.second);
    let (opened, before, settled, ran, changed_back, after) =
        session.while_asked(tidying, async {
            tokio::join!(
                client.simple_query(&begin),
                client.simple_query(first),
                client.simple_query(&settle),
                run_text(session, text),
                client.simple_query(AS_OURSELVES),
                client.simple_query(second),
            )
        })?;
    let opened = by_statement(opened.map_err(own)?);
    let Some(before) = readings.before(before)? else { return attempt(session, step, text) };
    settled.map_err(own)?;
    ran.map_err(|(done, error)| session.fail(&error, During::Script { text, done }))?;
    changed_back.map_err(own)?;
    let after = readings.after(after)?;
    if opened.iter().flatten().next().is_none() {
        return Err(DatabaseError::Fenced);
    }
    if session.is_interrupted() && !tidying {
        return Err(DatabaseError::Interrupted);
    }
    catalogs(session, step, &before, &after)
}

/// The same with what is done around the script, which depends on what is found, and with somebody
/// who asks when its statements are done: they go in messages of their own then, and must not where
/// their transaction could not begin.
fn attempt_in_turn(
    session: &PostgresSession,
    step: &StepTransaction<'_>,
    text: &str,
    keeper: Option<&mut dyn Keeper>,
) -> Result<Option<Catalogs>, DatabaseError> {
    let client = session.client();
    let own = |error: Error| session.fail(&error, During::Own);
    let begin = begin_sql(session, step);
    let gate = Gate::of(session, text, step.statements);
    // A keeper takes the tables together with its own.
    let settle = match step.lock_timeout.filter(|_| keeper.is_none()) {
        Some(wait) => settings_sql(step, &gate.sql(session, &[], wait)),
        None => settings_sql(step, ""),
    };
    let readings = Readings::begin(session, step);
    let (opened, before, settled) = session.interruptible(async {
        tokio::join!(
            client.simple_query(&begin),
            client.simple_query(&readings.first),
            client.simple_query(&settle),
        )
    })?;
    if by_statement(opened.map_err(own)?).iter().flatten().next().is_none() {
        return Err(DatabaseError::Fenced);
    }
    let Some(before) = readings.before(before)? else {
        return attempt_in_turn(session, step, text, keeper);
    };
    settled.map_err(own)?;
    let ends: Vec<usize> =
        step.statements.iter().skip(1).map(|it| it.span.start).chain([text.len()]).collect();
    let home = session.schema(step.target)?;
    match keeper {
        Some(keeper) => {
            let patience = step.lock_timeout;
            Kept { home, patience, gate, keeper }.around(session, text, &ends)?;
        }
        None => run_part(session, (text, &ends), 0..text.len(), &mut Vec::new())?,
    }
    let (changed_back, noted, after) = session.interruptible(async {
        tokio::join!(
            client.simple_query(AS_OURSELVES),
            note_locks(session),
            client.simple_query(&readings.second),
        )
    })?;
    changed_back.map_err(own)?;
    noted.map_err(own)?;
    let after = readings.after(after)?;
    if session.is_interrupted() {
        return Err(DatabaseError::Interrupted);
    }
    catalogs(session, step, &before, &after)
}

/// The readings of the catalog before and behind a script.
struct Readings<'a> {
    session: &'a PostgresSession,
    reading: &'a Reading<'a>,
    /// The message of the one before; empty where there is none.
    first: String,
    /// The message of the one behind.
    second: String,
    /// What is prepared once each has run.
    names: [Option<Name>; 2],
}

type Answer = Result<Vec<SimpleQueryMessage>, Error>;

impl<'a> Readings<'a> {
    /// Writes both messages.
    fn begin(session: &'a PostgresSession, step: &'a StepTransaction<'_>) -> Self {
        let reading = &step.reading;
        let mut prepared = session.prepared.get();
        let mut message = |scope: Option<&Scope>| {
            let Some(scope) = scope else { return (String::new(), None) };
            let name = prepared.name(catalog::query(scope));
            prepared = prepared.with(&name);
            (catalog::within_transaction(session, scope, &name), Some(name))
        };
        let (first, by_first) = message(reading.before());
        let (second, by_second) = message(reading.after());
        Self { session, reading, first, second, names: [by_first, by_second] }
    }

    /// Nothing where it has to begin again: what was prepared is gone, and nothing was done.
    fn before(&self, answer: Answer) -> Result<Option<Vec<SimpleQueryMessage>>, DatabaseError> {
        match answer {
            Err(error) if prepared::is_missing(&error) => {
                self.session.tidy("ROLLBACK");
                self.session.forget_prepared();
                Ok(None)
            }
            answer => self.known(answer, self.names[0].as_ref()).map(Some),
        }
    }

    fn after(&self, answer: Answer) -> Result<Vec<SimpleQueryMessage>, DatabaseError> {
        match (answer, self.reading.after()) {
            (Err(error), Some(scope)) if prepared::is_missing(&error) => {
                self.session.forget_prepared();
                let again = catalog::once_more(self.session, scope);
                let answer = self.session.client().simple_query(&again);
                let answer = self.session.interruptible(answer)?;
                self.known(answer, None)
            }
            (answer, _) => self.known(answer, self.names[1].as_ref()),
        }
    }

    fn known(
        &self,
        answer: Answer,
        name: Option<&Name>,
    ) -> Result<Vec<SimpleQueryMessage>, DatabaseError> {
        let messages = answer.map_err(|error| self.session.fail(&error, During::Own))?;
        if let Some(name) = name {
            self.session.prepared.update(|prepared| prepared.with(name));
        }
        Ok(messages)
    }
}

fn catalogs(
    session: &PostgresSession,
    step: &StepTransaction<'_>,
    before: &[SimpleQueryMessage],
    after: &[SimpleQueryMessage],
) -> Result<Option<Catalogs>, DatabaseError> {
    let Some(scope) = step.reading.after() else { return Ok(None) };
    let before = match step.reading.before() {
        Some(scope) => Some(catalog::of_messages(session, scope, before)?),
        None => None,
    };
    Ok(Some(Catalogs { before, after: catalog::of_messages(session, scope, after)? }))
}

/// Record and commit. A record that fails leaves the commit nothing but to roll back.
fn commit(session: &PostgresSession, record: &str) -> Result<(), DatabaseError> {
    let client = session.client();
    let commit = format!("COMMIT; {}", session.reset_kept());
    let others = format!(
        "SELECT FROM pg_catalog.pg_prepared_statements \
         WHERE NOT pg_catalog.starts_with(name, '{}')",
        prepared::PREFIX
    );
    let (recorded, committed, others) = session.settled(
        async {
            tokio::join!(
                client.simple_query(record),
                client.simple_query(&commit),
                client.simple_query(&others),
            )
        },
        During::Commit,
    )?;
    for outcome in [recorded, committed] {
        outcome.map_err(|error| session.fail(&error, During::Commit))?;
    }
    let has_others = |rows: Vec<_>| by_statement(rows).iter().flatten().next().is_some();
    if others.map_or(true, has_others) {
        // The script has left statements of its own, or it may have: not every role sees them.
        session.tidy(&session.reset());
    }
    Ok(())
}

/// The transaction's own settings, and the fence before anything runs. A script without a
/// transaction may have left the session to somebody else.
fn begin_sql(session: &PostgresSession, step: &StepTransaction<'_>) -> String {
    format!(
        "BEGIN; {OPENED} {AS_OURSELVES}; {}{}",
        session.lock_timeout_clause(step.lock_timeout, "LOCAL"),
        fence_sql(session),
    )
}

fn record_sql(
    session: &PostgresSession,
    step: &StepTransaction<'_>,
    table: &str,
    history: Option<&str>,
    catalogs: Option<&CatalogRecord>,
) -> Result<String, DatabaseError> {
    let schema = session.schema(step.target)?;
    let mut sql = String::new();
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
    Ok(sql + &event_sql(schema, step.target, step.event, catalogs))
}

/// What the script finds: the chosen schema, the tables it will lock, and the time the role allows a
/// statement.
fn settings_sql(step: &StepTransaction<'_>, gate: &str) -> String {
    let path = search_path_clause(step.target, "LOCAL");
    format!("{path}{gate} SET LOCAL statement_timeout TO DEFAULT")
}
