//! One step of a rehearsal.

use std::collections::BTreeSet;
use std::time::Instant;

use super::alone::run_watched;
use super::observed::{Carried, Observed, RehearsedStep};
use super::state::{Counted, State, differences};
use crate::database::error::Position;
use crate::database::{DatabaseError, IndexState, Session};
use crate::engine::statements::{INVALID_TRANSACTION_TERMINATION, in_script};
use crate::engine::step::failure;
use crate::engine::survey::Job;
use crate::engine::{EngineError, Observer, Progress, StepFault};
use crate::model::Engine;
use crate::plan::{Probe, Scope, Step};
use crate::sql::{Statement, StatementKind};

/// Whatever a script deferred is checked before the commit, as in a real run.
const CHECK_DEFERRED: &str = "SET CONSTRAINTS ALL IMMEDIATE";

/// A step at work.
pub(super) struct Rehearser<'a> {
    pub session: &'a mut dyn Session,
    pub job: &'a Job<'a>,
    pub step: &'a Step,
    pub is_copy: bool,
    pub observer: &'a mut dyn Observer,
}

/// Runs a step as far as it goes; what was seen is in `seen`, also where it fails.
pub(super) fn run_step(
    rehearser: &mut Rehearser<'_>,
    seen: &mut RehearsedStep,
) -> Result<(), EngineError> {
    let outcome = rehearser.meet_requirements().and_then(|()| {
        rehearser.session.begin_statements(rehearser.job.target)?;
        match rehearser.session.capabilities().engine {
            Engine::Sqlite => rehearser.run_on_sqlite(seen),
            Engine::Postgres if rehearser.step.in_transaction() => rehearser.run_together(seen),
            Engine::Postgres => rehearser.run_one_by_one(seen),
        }
    });
    outcome.map_err(|fault| {
        rehearser.session.abandon();
        if let StepFault::Database(DatabaseError::Interrupted) = fault {
            return DatabaseError::Interrupted.into();
        }
        EngineError::Step(Box::new(failure(rehearser.step, fault, seen.statements.len())))
    })
}

impl<'a> Rehearser<'a> {
    fn meet_requirements(&mut self) -> Result<(), StepFault> {
        let requires = &self.step.parsed.requires;
        let probe = |object| Probe { object, columns: Vec::new(), scope: Scope::SearchPath };
        let probes: Vec<Probe> = requires.iter().map(|it| probe(it.object.clone())).collect();
        if probes.is_empty() {
            return Ok(());
        }
        let found = self.session.look_up(self.job.target, &probes)?;
        let exists = |probe: &Probe| found.get(probe).is_some_and(|it| it.exists);
        let mut pairs = requires.iter().zip(&probes);
        match pairs.find(|(requirement, probe)| !requirement.optional && !exists(probe)) {
            Some((requirement, _)) => Err(StepFault::Requirement(requirement.clone())),
            None => Ok(()),
        }
    }

    /// The statements that are left of the script, with their places.
    pub(super) fn statements(&self) -> Vec<(usize, &'a Statement)> {
        let from = self.step.resume.filter(|_| self.is_copy).map_or(0, |resume| resume.from);
        let statements = self.step.parsed.statements.iter().enumerate();
        statements.filter(|(i, it)| *i >= from || it.kind == StatementKind::Session).collect()
    }

    fn text(&self, statement: &Statement) -> &'a str {
        &self.step.running().stored.text[statement.span.clone()]
    }

    fn begins(&mut self, index: usize, statement: &Statement) {
        let total = self.step.parsed.statements.len();
        let summary = &statement.summary;
        self.observer.notice(Progress::StatementStarted { index, total, summary });
    }

    /// Runs one statement, and says how long it took.
    pub(super) fn run(
        &mut self,
        index: usize,
        statement: &Statement,
    ) -> Result<Observed, StepFault> {
        self.begins(index, statement);
        let began = Instant::now();
        let ran = self.session.try_statement(self.text(statement));
        ran.map_err(|error| in_script(error, index, statement))?;
        Ok(Observed { duration: began.elapsed(), ..Observed::default() })
    }

    /// The whole script in one transaction.
    fn run_together(&mut self, seen: &mut RehearsedStep) -> Result<(), StepFault> {
        let mut known = self.begin()?;
        let original: BTreeSet<u32> = known.relations.keys().copied().collect();
        for (index, statement) in self.statements() {
            let ran = self.run(index, statement)?;
            let observed = self.look(&mut known, &original, statement, &ran)?;
            seen.statements.push((index, observed));
        }
        self.commit()
    }

    fn begin(&mut self) -> Result<State, StepFault> {
        self.session.try_statement("BEGIN")?;
        Ok(State::of_database(self.session, Counted::BySession)?)
    }

    fn commit(&mut self) -> Result<(), StepFault> {
        self.session.try_statement(CHECK_DEFERRED).map_err(without_place)?;
        self.session.try_statement("COMMIT").map_err(without_place)?;
        Ok(())
    }

    fn look(
        &mut self,
        known: &mut State,
        original: &BTreeSet<u32>,
        statement: &Statement,
        ran: &Observed,
    ) -> Result<Observed, StepFault> {
        let now = State::held(self.session)?;
        let observed = differences(known, &now, original, statement);
        known.update(&now);
        let how = match statement.backfill {
            Some(_) => Carried::InOnePiece,
            None => Carried::InTransaction,
        };
        Ok(Observed { duration: ran.duration, how, ..observed })
    }

    /// Statement by statement, each in a transaction where it can have one.
    fn run_one_by_one(&mut self, seen: &mut RehearsedStep) -> Result<(), StepFault> {
        for (index, statement) in self.statements() {
            if self.is_done(index, statement)? {
                continue;
            }
            let observed = if statement.kind == StatementKind::Session {
                self.run(index, statement)?
            } else if statement.kind.runs_alone() {
                self.run_alone(index, statement)?
            } else {
                match self.run_atomic(index, statement) {
                    // A procedure that ends transactions by itself gets none of ours.
                    Err(StepFault::Database(error))
                        if error.code() == Some(INVALID_TRANSACTION_TERMINATION) =>
                    {
                        self.session.abandon();
                        self.run_alone(index, statement)?
                    }
                    outcome => outcome?,
                }
            };
            seen.statements.push((index, observed));
        }
        Ok(())
    }

    fn run_atomic(&mut self, index: usize, statement: &Statement) -> Result<Observed, StepFault> {
        let mut known = self.begin()?;
        let original: BTreeSet<u32> = known.relations.keys().copied().collect();
        let ran = self.run(index, statement)?;
        let observed = self.look(&mut known, &original, statement, &ran)?;
        self.commit()?;
        Ok(observed)
    }

    fn run_alone(&mut self, index: usize, statement: &Statement) -> Result<Observed, StepFault> {
        self.begins(index, statement);
        let (target, text) = (self.job.target, self.text(statement));
        let observed = run_watched(self.session, target, statement, text)
            .map_err(|error| in_script(error, index, statement))?;
        if let StatementKind::CreateIndexConcurrently { index: Some(index), table } =
            &statement.kind
            && self.session.index_state(index, Some(table))? == IndexState::Invalid
        {
            return Err(StepFault::InvalidIndex(index.clone()));
        }
        Ok(observed)
    }

    /// Whether an earlier run was stopped behind the statement and before its record.
    fn is_done(&mut self, index: usize, statement: &Statement) -> Result<bool, StepFault> {
        let doubtful =
            self.step.resume.filter(|it| self.is_copy && it.in_doubt && it.from == index);
        Ok(match &statement.kind {
            _ if doubtful.is_none() => false,
            StatementKind::CreateIndexConcurrently { index: Some(index), table } => {
                self.session.index_state(index, Some(table))? == IndexState::Valid
            }
            StatementKind::DropIndexConcurrently { indexes } => {
                let mut absent = true;
                for index in indexes {
                    absent &= self.session.index_state(index, None)? == IndexState::Absent;
                }
                absent
            }
            _ => false,
        })
    }
}

/// An error that belongs to none of the script's statements.
fn without_place(error: DatabaseError) -> DatabaseError {
    match error {
        DatabaseError::Statement { message, server, .. } => {
            DatabaseError::Statement { message, server, position: Position::Unknown }
        }
        error => error,
    }
}
