//! The first half of planning: which versions, which texts, which questions.

use super::assess::{Assessed, MigrationState, assess};
use super::error::{Fault, PlanError};
use super::step::{Direction, Needs, Probe, Scope, ScriptSource};
use crate::model::{
    Digest, Engine, EventKind, LedgerState, ObjectKind, ObjectRef, StatementProgress, Version,
};
use crate::sets::{MigrationSet, Script};
use crate::settings::OutOfOrder;
use crate::sql::{Adoption, ParsedScript, Requirement, parse};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// Apply what is pending, up to a version.
    Migrate {
        /// The last version to apply; `None` is all.
        to: Option<Version>,
    },
    /// Roll back.
    Rollback {
        /// How far.
        extent: Extent,
        /// Which text runs where the rollback file has changed since it was recorded.
        prefer: Option<ScriptSource>,
    },
}

/// How far back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// So many migrations, the highest version first.
    Steps(usize),
    /// Everything above a version.
    To(Version),
    /// Everything.
    All,
}

/// What a plan is made of.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The files.
    pub set: &'a MigrationSet,
    /// What is recorded.
    pub state: &'a LedgerState,
    /// The engine the scripts are for.
    pub engine: Engine,
    /// What to do with a pending version below an applied one.
    pub out_of_order: OutOfOrder,
}

/// A step before its facts are known.
pub(super) struct DraftStep<'a> {
    pub assessed: Assessed<'a>,
    /// The migration's script and its rollback, as far as files have them.
    pub script: Option<Script>,
    pub rollback: Option<Script>,
    /// The running script, parsed; `None` until a recorded text is there.
    pub parsed: Option<ParsedScript>,
    pub source: ScriptSource,
}

/// A plan without its facts.
pub struct Draft<'a> {
    pub(super) context: Context<'a>,
    pub(super) direction: Direction,
    pub(super) steps: Vec<DraftStep<'a>>,
    /// Faults that end in an error once the texts for their diffs are there.
    pub(super) faults: Vec<Fault>,
    needs: Needs,
}

impl<'a> Draft<'a> {
    /// Chooses the versions and parses their files. Errors that need no further facts come here.
    pub fn new(context: Context<'a>, request: Request) -> Result<Self, PlanError> {
        let assessed = assess(context.set, context.state);
        match request {
            Request::Migrate { to } => Self::forward(context, assessed, to),
            Request::Rollback { extent, prefer } => Self::back(context, assessed, extent, prefer),
        }
    }

    /// The facts it needs; none when nothing is to be done.
    pub fn needs(&self) -> &Needs {
        &self.needs
    }

    fn forward(
        context: Context<'a>,
        assessed: Vec<Assessed<'a>>,
        to: Option<Version>,
    ) -> Result<Self, PlanError> {
        if let Some(to) = to {
            check_target(context, to)?;
        }
        let mut draft = Self::empty(context, Direction::Forward);
        draft.faults = assessed.iter().filter_map(Fault::of).collect();
        if !draft.faults.is_empty() {
            draft.needs.texts = draft.faults.iter().filter_map(Fault::recorded_text).collect();
            return Ok(draft);
        }
        if let Some(unfinished) =
            assessed.iter().find(|it| it.progress.is_some_and(|p| p.rolling_back))
        {
            return Err(PlanError::RollbackUnfinished {
                label: unfinished.label(),
                finished: unfinished.progress.map_or(0, StatementProgress::finished),
            });
        }
        let pending: Vec<_> = assessed
            .into_iter()
            .filter(|it| it.state.is_pending() && to.is_none_or(|to| it.version <= to))
            .collect();
        refuse_out_of_order(context, &pending)?;
        for assessed in pending {
            let Some(file) = assessed.file else { continue };
            let parsed = parse_script(context.engine, &file.script)?;
            if parsed.statements.is_empty() {
                return Err(PlanError::NoStatements { file: file.script.file.clone() });
            }
            // What could not be undone later is not applied now.
            parse_script(context.engine, &file.rollback)?;
            draft.ask_for(&parsed);
            draft.needs.texts.extend(running_text(&assessed, &file.script.stored.digest));
            draft.steps.push(DraftStep {
                script: Some(file.script.clone()),
                rollback: Some(file.rollback.clone()),
                parsed: Some(parsed),
                source: ScriptSource::File,
                assessed,
            });
        }
        Ok(draft)
    }

    fn back(
        context: Context<'a>,
        assessed: Vec<Assessed<'a>>,
        extent: Extent,
        prefer: Option<ScriptSource>,
    ) -> Result<Self, PlanError> {
        let conflicts: Vec<Fault> = assessed
            .iter()
            .filter(|it| it.state == MigrationState::Conflict)
            .filter_map(Fault::of)
            .collect();
        if !conflicts.is_empty() {
            return Err(PlanError::Mismatch { faults: conflicts, diffs: Vec::new() });
        }
        let standing: Vec<_> = assessed
            .into_iter()
            .filter(|it| it.history.is_some() || it.progress.is_some())
            .collect();
        if let Extent::To(to) = extent {
            let known = to.get() == 0 || standing.iter().any(|it| it.version == to);
            if !known && !standing.is_empty() {
                return Err(PlanError::TargetNotApplied {
                    version: to,
                    applied: standing.iter().map(|it| it.version).collect(),
                });
            }
        }
        let chosen = standing.into_iter().rev().enumerate().filter(|(index, it)| match extent {
            Extent::Steps(steps) => *index < steps,
            Extent::To(to) => it.version > to,
            Extent::All => true,
        });
        let mut draft = Self::empty(context, Direction::Back);
        for (_, assessed) in chosen {
            draft.push_back(assessed, prefer)?;
        }
        Ok(draft)
    }

    fn push_back(
        &mut self,
        assessed: Assessed<'a>,
        prefer: Option<ScriptSource>,
    ) -> Result<(), PlanError> {
        let recorded = recorded_rollback(&assessed).cloned();
        let source = match (&recorded, assessed.file) {
            (Some(recorded), Some(file)) if *recorded != file.rollback.stored.digest => {
                // Of an adopted version nothing runs, so there is nothing to choose.
                if prefer.is_none() && !is_adopted(&assessed) {
                    self.faults.push(Fault::rollback_changed(&assessed, recorded.clone(), file));
                }
                prefer.unwrap_or(ScriptSource::Recorded)
            }
            (_, Some(_)) => ScriptSource::File,
            (Some(_), None) => ScriptSource::Recorded,
            (None, None) => {
                return Err(PlanError::NoRollbackText { label: assessed.label() });
            }
        };
        // The event names the text that was applied, whatever became of its file.
        let applied = recorded_script(&assessed);
        let is_applied = |script: &Script| applied.is_none_or(|it| *it == script.stored.digest);
        let script = assessed.file.map(|file| file.script.clone()).filter(is_applied);
        let from_file = assessed.file.filter(|_| source == ScriptSource::File);
        let rollback = from_file.map(|file| file.rollback.clone());
        let parsed = match &rollback {
            Some(rollback) => {
                let parsed = parse_script(self.context.engine, rollback)?;
                self.ask_for(&parsed);
                self.needs.texts.extend(running_text(&assessed, &rollback.stored.digest));
                Some(parsed)
            }
            None => None,
        };
        if rollback.is_none() {
            self.needs.texts.extend(recorded);
        }
        if script.is_none() {
            self.needs.texts.extend(applied.cloned());
        }
        self.steps.push(DraftStep { assessed, script, rollback, parsed, source });
        Ok(())
    }

    fn empty(context: Context<'a>, direction: Direction) -> Self {
        Self { context, direction, steps: Vec::new(), faults: Vec::new(), needs: Needs::default() }
    }

    fn ask_for(&mut self, parsed: &ParsedScript) {
        self.needs.probes.extend(probes_of(parsed));
    }
}

/// The questions a script's directives ask.
pub(super) fn probes_of(parsed: &ParsedScript) -> impl Iterator<Item = Probe> {
    parsed.adopt_if.iter().map(adoption_probe).chain(parsed.requires.iter().map(requirement_probe))
}

pub(super) fn adoption_probe(adoption: &Adoption) -> Probe {
    Probe {
        object: ObjectRef { kind: ObjectKind::Table, name: adoption.table.clone(), column: None },
        columns: adoption.columns.clone(),
        scope: Scope::Creation,
    }
}

pub(super) fn requirement_probe(requirement: &Requirement) -> Probe {
    Probe { object: requirement.object.clone(), columns: Vec::new(), scope: Scope::SearchPath }
}

pub(super) fn parse_script(engine: Engine, script: &Script) -> Result<ParsedScript, PlanError> {
    Ok(parse(engine, &script.file, &script.stored.text)?)
}

/// The recorded rollback of a version that stands or has begun.
pub(super) fn recorded_rollback<'d>(assessed: &Assessed<'d>) -> Option<&'d Digest> {
    let standing = assessed.recorded.filter(|it| it.stands()).map(|it| &it.rollback);
    standing.or_else(|| assessed.progress.map(|progress| &progress.rollback))
}

/// Whether the version was recorded over what existed, so that its way back is to forget it.
pub(super) fn is_adopted(assessed: &Assessed<'_>) -> bool {
    assessed.history.is_some()
        && assessed.recorded.is_some_and(|event| event.kind == EventKind::Adopted)
}

pub(super) fn recorded_script<'d>(assessed: &Assessed<'d>) -> Option<&'d Digest> {
    let standing = assessed.recorded.filter(|it| it.stands()).map(|it| &it.script);
    standing.or_else(|| assessed.progress.map(|progress| &progress.script))
}

/// The text an unfinished run was executing, where it is not the one that would run now.
fn running_text(assessed: &Assessed<'_>, now: &Digest) -> Option<Digest> {
    assessed.progress.map(StatementProgress::running).filter(|then| *then != now).cloned()
}

fn check_target(context: Context<'_>, to: Version) -> Result<(), PlanError> {
    if context.set.get(to).is_none() && !context.state.history.contains_key(&to) {
        let known = context.set.migrations.iter().map(|migration| migration.version).collect();
        return Err(PlanError::UnknownVersion { version: to, known });
    }
    match context.state.history.keys().next_back() {
        Some(current) if *current > to => {
            Err(PlanError::TargetBehind { version: to, current: *current })
        }
        _ => Ok(()),
    }
}

fn refuse_out_of_order(context: Context<'_>, pending: &[Assessed<'_>]) -> Result<(), PlanError> {
    if context.out_of_order == OutOfOrder::Apply {
        return Ok(());
    }
    let late: Vec<String> =
        pending.iter().filter(|it| it.out_of_order).map(Assessed::label).collect();
    match context.state.history.keys().next_back() {
        Some(highest) if !late.is_empty() => Err(PlanError::OutOfOrder { late, highest: *highest }),
        _ => Ok(()),
    }
}
