//! What a plan would save and bring back, told before anything runs.

use super::Saving;
use super::dialect::Dialect;
use super::request::{Names, Request, Requests, Tables, are_watched};
use super::unit::Unit;
use crate::database::{DatabaseError, Session, TableShape};
use crate::engine::Job;
use crate::model::{Backup, BackupState, ObjectName};
use crate::plan::{Action, Direction, Plan, Step};

/// What a step would save of a table, as far as the tables are there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// The step.
    pub label: String,
    /// The table.
    pub table: ObjectName,
    /// The columns; none where whole rows are saved.
    pub columns: Vec<String>,
    /// About how many rows; `None` where nobody counted.
    pub rows: Option<u64>,
    /// About how many bytes, before what turns out unchanged is dropped again; `None` where the
    /// engine does not tell.
    pub bytes: Option<u64>,
}

/// What a step would bring back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returning {
    /// The step.
    pub label: String,
    /// The backup.
    pub backup: Backup,
}

/// What a plan would save, and bring back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Foresight {
    /// What it would save.
    pub saves: Vec<Foreseen>,
    /// What it would bring back.
    pub returns: Vec<Returning>,
    /// Steps whose scripts may destroy more than can be seen in them: `DO` blocks, functions.
    pub opaque: Vec<String>,
}

impl Foresight {
    /// Whether anything would be destroyed, as far as can be seen.
    pub fn destroys(&self) -> bool {
        !self.saves.is_empty() || !self.opaque.is_empty()
    }
}

/// Looks at the tables and the register. Nothing is written; a plan that destroys nothing and
/// undoes nothing costs one question.
pub fn foresee_saving(
    session: &mut dyn Session,
    job: &Job<'_>,
    plan: &Plan,
) -> Result<Foresight, DatabaseError> {
    let running = || plan.steps.iter().filter(|step| step.action == Action::Run);
    let mut foresight = Foresight::default();
    if running().next().is_none() {
        return Ok(foresight);
    }
    let backups = session.read_backups(job.target)?;
    let set = job.target.ledger_set();
    for step in running() {
        let undoes_rollback = step.direction == Direction::Forward;
        let is_of = |it: &&Backup| {
            it.set == set
                && it.version == step.version
                && it.rolling_back == undoes_rollback
                && it.state == BackupState::Kept
        };
        let found = backups.iter().filter(is_of).cloned();
        foresight.returns.extend(found.map(|backup| Returning { label: step.label(), backup }));
    }
    let may_destroy =
        |step: &&Step| !step.parsed.backups.is_empty() || are_watched(&step.parsed.statements);
    if running().any(|step| may_destroy(&step)) {
        let shapes = session.read_tables(job.target)?;
        let engine = session.capabilities().engine;
        for step in running().filter(may_destroy) {
            foresee_step(Dialect(engine), job.saving, step, &shapes, &mut foresight);
        }
    }
    Ok(foresight)
}

fn foresee_step(
    dialect: Dialect,
    saving: Saving,
    step: &Step,
    shapes: &[TableShape],
    foresight: &mut Foresight,
) {
    let tables = Tables { dialect, shapes };
    let mut requests = Requests::default();
    requests.add_directives(&tables, &step.parsed.backups);
    let mut names = Names::new(&tables);
    for statement in &step.parsed.statements {
        requests.add_statement(&names, statement);
        names.pass(statement);
    }
    let is_opaque = |summary: &str| summary == "DO block" || summary.starts_with("CALL");
    if step.parsed.statements.iter().any(|it| it.unparsed || is_opaque(&it.summary)) {
        foresight.opaque.push(step.label());
    }
    for (id, request) in requests.0.into_iter().filter(|(_, request)| request.is_needed()) {
        let Some(shape) = shapes.iter().find(|shape| shape.id == id) else { continue };
        foresight.saves.push(foreseen(dialect, saving, step, shape, request));
    }
}

fn foreseen(
    dialect: Dialect,
    saving: Saving,
    step: &Step,
    shape: &TableShape,
    request: Request,
) -> Foreseen {
    let place = dialect.place("");
    let unit = Unit::new(shape.clone(), request, saving == Saving::Full, place);
    let columns = if unit.whole {
        Vec::new()
    } else {
        unit.columns.iter().map(|column| column.name.clone()).collect()
    };
    let bytes = (shape.bytes > 0).then(|| unit.expected_bytes());
    Foreseen { label: step.label(), table: shape.name(), columns, rows: shape.rows, bytes }
}
