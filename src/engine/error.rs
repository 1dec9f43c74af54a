//! Why a run stopped, and what stands.

use std::time::Duration;

use super::backfill::BackfillFault;
use super::backup::{BackupFault, Loss};
use super::fixture::FixtureFailure;
use super::hazards::HazardousPlan;
use super::leavings::Leavings;
use super::outcome::StepDone;
use super::retained::CleanupFailure;
use crate::catalog::{Difference, difference_text};
use crate::database::error::Position;
use crate::database::{DatabaseError, LockHolder};
use crate::model::{Diagnose, Excerpt, ObjectName, Problem, ProblemKind};
use crate::plan::{Direction, PlanError};
use crate::sql::Requirement;

/// Why the engine stopped.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The database refused or was lost outside a step.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// There is no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Another runner holds the lock.
    #[error("another runner holds the lock: {}", describe(.holder))]
    RunnerLock {
        /// Who.
        holder: LockHolder,
        /// How long this one waited.
        waited: Duration,
    },
    /// The recorded state changed between showing the plan and taking the lock.
    #[error("the database changed since the plan was shown; nothing was done")]
    StateChanged,
    /// The plan has hazards that nobody has accepted.
    #[error(transparent)]
    Hazards(#[from] HazardousPlan),
    /// A step failed.
    #[error(transparent)]
    Step(Box<StepFailure>),
    /// A retention rule could not be followed to its end.
    #[error(transparent)]
    Cleanup(Box<CleanupFailure>),
    /// A fixture could not be run on a scratch database.
    #[error(transparent)]
    Fixture(Box<FixtureFailure>),
    /// A backup could not be put back or pruned.
    #[error(transparent)]
    Backup(Box<BackupFault>),
    /// A backfill stopped.
    #[error(transparent)]
    Backfill(Box<BackfillFault>),
}

impl From<BackfillFault> for EngineError {
    fn from(fault: BackfillFault) -> Self {
        match fault {
            BackfillFault::Database(DatabaseError::Interrupted) => {
                DatabaseError::Interrupted.into()
            }
            fault => Self::Backfill(Box::new(fault)),
        }
    }
}

/// A step that failed, and what stands.
#[derive(Debug, thiserror::Error)]
#[error("{label} {}: {fault}", verb(*.direction))]
pub struct StepFailure {
    /// Which way the run went.
    pub direction: Direction,
    /// The step.
    pub label: String,
    /// What was wrong.
    pub fault: StepFault,
    /// Where in the script.
    pub place: Option<Excerpt>,
    /// What stands of the step.
    pub stands: Stands,
    /// The steps before it, which stand.
    pub done: Vec<StepDone>,
}

/// What was wrong with a step.
#[derive(Debug, thiserror::Error)]
pub enum StepFault {
    /// The database refused or was lost.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// An object it requires is not there.
    #[error("{} does not exist, and the script requires it", .0.object)]
    Requirement(Requirement),
    /// Its rollback left a schema other than the one before the migration.
    #[error("the rollback does not restore the schema: {}", objects(.0.len(), "is not as it was", "are not as they were"))]
    NotProven(Vec<Difference>),
    /// Objects are not as they were before a migration that never finished, and its rollback left
    /// them alone.
    #[error("{} before the migration, which never finished", objects(.0.len(), "is not as it was", "are not as they were"))]
    InDoubt(Vec<Difference>),
    /// Somebody changed what it touched.
    #[error("{} since the migration", objects(.0.len(), "was changed", "were changed"))]
    Drifted(Vec<Difference>),
    /// It destroyed what was not saved.
    #[error("the script destroys what is not saved: {}", losses(.0))]
    Unsaved(Vec<Loss>),
    /// A backfill stopped.
    #[error("{fault}")]
    Backfill {
        /// Its statement's place in the script, from 0.
        statement: usize,
        /// Why.
        fault: Box<BackfillFault>,
    },
    /// A statement that works beside others failed, and left something.
    #[error("{error}")]
    Leaving {
        /// Why.
        error: Box<DatabaseError>,
        /// What.
        left: Leavings,
    },
    /// A concurrent build ended with an index that serves no query.
    #[error("index {0} was built but is invalid")]
    InvalidIndex(ObjectName),
}

/// What stands of a step that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// Nothing: its transaction was rolled back, or never begun.
    Nothing,
    /// So many of its statements.
    Statements {
        /// How many finished.
        finished: usize,
        /// How many it has.
        total: usize,
    },
    /// The server alone knows.
    Unknown,
}

/// Objects that differ, each with its definitions.
fn differing(fault: &StepFault, differences: &[Difference]) -> Problem {
    let mut problem = Problem::new(ProblemKind::Mismatch, fault.to_string());
    problem.diff = Some(differences.iter().map(difference_text).collect());
    problem.drift = differences.iter().map(Difference::describe).collect();
    problem
}

fn losses(losses: &[Loss]) -> String {
    losses.iter().map(Loss::to_string).collect::<Vec<_>>().join("; ")
}

fn unsaved(fault: &StepFault, losses: &[Loss]) -> Problem {
    let directives: Vec<String> = losses.iter().map(Loss::directive).collect();
    Problem::new(ProblemKind::Precondition, fault.to_string())
        .hint(format!(
            "have it saved: put `{}` at the script's beginning",
            directives.join("` and `")
        ))
        .hint("or run it with --no-backup, and what is named above is lost for good")
}

fn objects(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 object {one}") } else { format!("{count} objects {many}") }
}

fn verb(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "failed",
        Direction::Back => "could not be rolled back",
    }
}

fn describe(holder: &LockHolder) -> String {
    let mut parts = Vec::new();
    parts.extend(holder.application.clone());
    parts.extend(holder.user.as_ref().map(|user| format!("user {user}")));
    parts.extend(holder.pid.map(|pid| format!("pid {pid}")));
    parts.extend(holder.since.as_ref().map(|since| format!("connected since {since}")));
    if parts.is_empty() { "it could not be seen which".to_owned() } else { parts.join(", ") }
}

impl StepFault {
    /// Where in the user's text the database's error belongs, if it does.
    pub(super) fn position(&self) -> Position {
        match self {
            Self::Database(DatabaseError::Statement { position, .. }) => *position,
            Self::Leaving { error, .. } => match **error {
                DatabaseError::Statement { position, .. } => position,
                _ => Position::Unknown,
            },
            Self::Backfill { statement, .. } => Position::Statement(*statement),
            _ => Position::Unknown,
        }
    }
}

impl Diagnose for EngineError {
    fn problem(&self) -> Problem {
        match self {
            Self::Database(error) => error.problem(),
            Self::Plan(error) => error.problem(),
            Self::RunnerLock { waited, .. } => {
                Problem::new(ProblemKind::RunnerLock, self.to_string())
                    .note(format!("waited {} s for it", waited.as_secs()))
                    .hint("wait until it is done, or longer with --runner-wait")
            }
            Self::StateChanged => Problem::new(ProblemKind::Precondition, self.to_string())
                .hint("run the command again to see the plan as it is now"),
            Self::Hazards(plan) => plan.problem(),
            Self::Step(failure) => failure.problem(),
            Self::Cleanup(failure) => failure.problem(),
            Self::Fixture(failure) => failure.problem(),
            Self::Backup(fault) => fault.problem(),
            Self::Backfill(fault) => fault.problem(),
        }
    }
}

impl Diagnose for StepFailure {
    fn problem(&self) -> Problem {
        let mut problem = match &self.fault {
            StepFault::Database(error) => error.problem(),
            StepFault::Requirement(requirement) => {
                Problem::new(ProblemKind::Precondition, self.fault.to_string())
                    .hint(format!("create {}, or run the set that does", requirement.object))
            }
            StepFault::NotProven(differences) => {
                differing(&self.fault, differences).hint(self.stands.unproven())
            }
            StepFault::InDoubt(differences) => differing(&self.fault, differences)
                .hint(self.stands.unproven())
                .hint("where somebody else made these changes, --force leaves them as they are"),
            StepFault::Drifted(drift) => differing(&self.fault, drift)
                .hint("look at what was changed; --force rolls back over it, and it is lost"),
            StepFault::Unsaved(losses) => unsaved(&self.fault, losses),
            StepFault::Backfill { fault, .. } => fault.problem(),
            StepFault::Leaving { error, left } => error.problem().note(left.to_string()),
            StepFault::InvalidIndex(_) => {
                Problem::new(ProblemKind::Precondition, self.fault.to_string())
                    .hint("run the same command again: the invalid index is dropped and built anew")
            }
        };
        problem.message = self.to_string();
        problem.place = problem.place.or_else(|| self.place.clone());
        problem.notes.extend(self.standing());
        if problem.hints.is_empty() {
            problem.hints.extend(self.next().map(str::to_owned));
        }
        problem
    }
}

impl Stands {
    /// What to do about a rollback that is not proven.
    const fn unproven(self) -> &'static str {
        match self {
            Self::Statements { .. } => {
                "mend the schema by hand and run the same command again: nothing runs twice, and \
                 the schema is compared again"
            }
            Self::Nothing | Self::Unknown => {
                "mend the rollback file and run the same command with `--script file`"
            }
        }
    }
}

impl EngineError {
    /// Whether it says something of the scripts. What stops a run from outside says nothing of
    /// them.
    pub fn is_of_scripts(&self) -> bool {
        let Self::Step(failure) = self else { return matches!(self, Self::Plan(_)) };
        !matches!(
            failure.fault,
            StepFault::Database(
                DatabaseError::Interrupted
                    | DatabaseError::ConnectionLost { .. }
                    | DatabaseError::Connect(_)
                    | DatabaseError::Open { .. }
                    | DatabaseError::Fenced
                    | DatabaseError::Io { .. }
                    | DatabaseError::Unexpected(_)
            )
        )
    }
}

impl StepFailure {
    /// Whether it is a rollback that ran, and did not restore the schema.
    pub const fn is_unproven(&self) -> bool {
        matches!(self.fault, StepFault::NotProven(_))
    }

    /// What to do where the error itself does not say.
    const fn next(&self) -> Option<&'static str> {
        match self.stands {
            Stands::Nothing => Some("mend the script and run the same command again"),
            Stands::Statements { .. } => Some(
                "mend the statement and run the same command again: it continues behind the last \
                 one that finished",
            ),
            Stands::Unknown => None,
        }
    }

    /// What stands, one fact a line.
    fn standing(&self) -> Vec<String> {
        let label = &self.label;
        let own = match self.stands {
            Stands::Nothing if matches!(self.fault, StepFault::Requirement(_)) => {
                format!("nothing of {label} was run")
            }
            Stands::Nothing => {
                format!("nothing of {label} stands: its transaction was rolled back")
            }
            Stands::Statements { finished: 0, total } => {
                format!("none of the {total} statements of {label} has finished")
            }
            Stands::Statements { finished: 1, total: 1 } => {
                format!("the only statement of {label} has finished and stands")
            }
            Stands::Statements { finished, total } => {
                format!("{finished} of the {total} statements of {label} have finished and stand")
            }
            Stands::Unknown => format!("whether {label} was committed is not known"),
        };
        let labels: Vec<String> = self.done.iter().map(StepDone::label).collect();
        let before = match (labels.as_slice(), self.direction) {
            ([], _) => None,
            (labels, Direction::Forward) => Some(format!("applied and standing: {}", few(labels))),
            (labels, Direction::Back) => Some(format!("rolled back before it: {}", few(labels))),
        };
        let kept = self.done.iter().flat_map(StepDone::kept);
        std::iter::once(own).chain(before).chain(kept).collect()
    }
}

/// A list that stays readable when it is long.
fn few(labels: &[String]) -> String {
    const SHOWN: usize = 6;
    match labels.len().checked_sub(SHOWN) {
        None | Some(0) => labels.join(", "),
        Some(more) => format!("{} and {more} more", labels[..SHOWN].join(", ")),
    }
}
