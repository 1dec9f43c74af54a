//! A set built on a database that nobody needs.

use std::time::Duration;

use super::survey::{Job, survey};
use super::{EngineError, Limits, Observer, OnChange, run};
use crate::database::{Interrupt, Session, StatementRun};
use crate::model::{Engine, Target};
use crate::plan::Request;
use crate::sets::MigrationSet;
use crate::settings::OutOfOrder;
use crate::sql::quote_identifier;

/// Nobody else works on a throwaway database.
const PATIENCE: Limits =
    Limits { runner_wait: Duration::from_secs(10), ddl_lock_timeout: Duration::from_secs(10) };

/// Applies all of a set to an empty throwaway database, in a schema if one is named.
pub fn build(
    session: &mut dyn Session,
    set: &MigrationSet,
    schema: Option<&str>,
    interrupt: &Interrupt,
    observer: &mut dyn Observer,
) -> Result<(), EngineError> {
    let target = Target {
        set: set.name().map(str::to_owned),
        schema: schema.map(str::to_owned),
        history_table: Target::history_table_of(set.name()),
        highest_version: set.highest(),
    };
    if let Some(schema) = schema.filter(|_| session.capabilities().engine == Engine::Postgres) {
        let elsewhere = Target { schema: None, ..target.clone() };
        let sql = format!("CREATE SCHEMA IF NOT EXISTS {}", quote_identifier(schema));
        session.begin_statements(&elsewhere)?;
        session.run_statement(&StatementRun {
            target: &elsewhere,
            sql: Some(&sql),
            atomic: false,
            progress: None,
            lock_timeout: None,
        })?;
    }
    let job = Job { set, target: &target, out_of_order: OutOfOrder::default() };
    let request = Request::Migrate { to: None };
    let plan = survey(session, &job, request)?.plan;
    run(session, &job, plan, OnChange::Replan(request), PATIENCE, interrupt, observer)?;
    Ok(())
}
