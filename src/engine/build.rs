//! A set on a scratch database: its migrations, and the rows that a rehearsal finds there.

use std::time::Duration;

use super::fixture::FixtureFailure;
use super::lock::with_runner_lock;
use super::observer::WithoutRemarks;
use super::run::{OnChange, run};
use super::survey::{Job, survey};
use super::witness::AcceptedDrift;
use super::worker::Limits;
use super::{EngineError, Observer};
use crate::database::error::Position;
use crate::database::{DatabaseError, Interrupt, Session, StatementRun};
use crate::model::{Excerpt, Target, Version};
use crate::plan::{Extent, PlanError, Request};
use crate::sets::{Fixture, Script};
use crate::sql::{parse, quote_identifier};

/// Nobody else works on a scratch database; a script that locks itself out must not wait long.
const LIMITS: Limits =
    Limits { runner_wait: Duration::from_secs(10), ddl_lock_timeout: Duration::from_secs(10) };

/// Which of a set's fixtures are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fixtures {
    /// What has to be there before the first migration, and nothing else.
    Before,
    /// The rows behind each version, too.
    All,
}

/// Builds a set on an empty scratch database, up to a version or to its end. A schema that the
/// target names is made.
pub fn build(
    session: &mut dyn Session,
    job: &Job<'_>,
    up_to: Option<Version>,
    fixtures: Fixtures,
    interrupt: &Interrupt,
    observer: &mut dyn Observer,
) -> Result<(), EngineError> {
    let observer = &mut WithoutRemarks(observer);
    prepare(session, job, interrupt, observer)?;
    let wanted = |version: &Version| up_to.is_none_or(|last| *version <= last);
    let stops: Vec<&Fixture> = match fixtures {
        Fixtures::Before => Vec::new(),
        Fixtures::All => job.set.fixtures.iter().collect(),
    };
    for fixture in stops {
        let Some(version) = fixture.after.filter(wanted) else { continue };
        migrate_to(session, job, Some(version), interrupt, observer)?;
        load_fixture(session, job.target, fixture, interrupt, observer)?;
    }
    migrate_to(session, job, up_to, interrupt, observer)
}

/// Makes on an empty scratch database what has to be there before a set's first migration: the
/// schema, and what its first fixture brings.
pub fn prepare(
    session: &mut dyn Session,
    job: &Job<'_>,
    interrupt: &Interrupt,
    observer: &mut dyn Observer,
) -> Result<(), EngineError> {
    if let Some(schema) = &job.target.schema {
        let sql = format!("CREATE SCHEMA IF NOT EXISTS {}", quote_identifier(schema));
        with_runner_lock(session, LIMITS.runner_wait, interrupt, observer, |session, _| {
            Ok(session.run_statement(&alone(job.target, &sql), None)?)
        })?;
    }
    match job.set.fixtures.first().filter(|fixture| fixture.after.is_none()) {
        Some(before) => load_fixture(session, job.target, before, interrupt, observer),
        None => Ok(()),
    }
}

/// Runs a fixture, statement by statement. Nothing of it is recorded.
pub fn load_fixture(
    session: &mut dyn Session,
    target: &Target,
    fixture: &Fixture,
    interrupt: &Interrupt,
    observer: &mut dyn Observer,
) -> Result<(), EngineError> {
    let script = &fixture.script;
    let text = &script.stored.text;
    let engine = session.capabilities().engine;
    let parsed = parse(engine, &script.file, text).map_err(PlanError::from)?;
    with_runner_lock(session, LIMITS.runner_wait, interrupt, observer, |session, _| {
        session.begin_statements(target)?;
        for statement in &parsed.statements {
            let sql = &text[statement.span.clone()];
            session
                .run_statement(&alone(target, sql), None)
                .map_err(|error| failed(script, statement.span.start, error))?;
        }
        // What it set goes with it.
        Ok(session.begin_statements(target)?)
    })
}

fn alone<'a>(target: &'a Target, sql: &'a str) -> StatementRun<'a> {
    StatementRun {
        target,
        sql: Some(sql),
        statements: &[],
        atomic: false,
        progress: None,
        lock_timeout: None,
    }
}

fn failed(script: &Script, start: usize, error: DatabaseError) -> EngineError {
    let within = match &error {
        DatabaseError::Statement { position: Position::Offset(offset), .. } => *offset,
        DatabaseError::Statement { .. } => 0,
        // Not the script's fault.
        _ => return EngineError::Database(error),
    };
    let place = Excerpt::of_offset(&script.file, &script.stored.text, start + within);
    EngineError::Fixture(Box::new(FixtureFailure { file: script.file.clone(), place, error }))
}

/// Applies what is pending, up to a version or to the end.
pub(super) fn migrate_to(
    session: &mut dyn Session,
    job: &Job<'_>,
    to: Option<Version>,
    interrupt: &Interrupt,
    observer: &mut dyn Observer,
) -> Result<(), EngineError> {
    let request = Request::Migrate { to };
    let plan = survey(session, job, request)?.plan;
    run(session, job, plan, OnChange::Replan(request), LIMITS, interrupt, observer).map(drop)
}

/// Takes the last migration back. What was made up in its tables goes with it.
pub(super) fn roll_back_one(
    session: &mut dyn Session,
    job: &Job<'_>,
    interrupt: &Interrupt,
    observer: &mut dyn Observer,
) -> Result<(), EngineError> {
    let request = Request::Rollback { extent: Extent::Steps(1), prefer: None };
    let plan = survey(session, job, request)?.plan;
    let on_change = OnChange::Refuse(AcceptedDrift::Nothing);
    run(session, job, plan, on_change, LIMITS, interrupt, observer).map(drop)
}
