//! The second half of planning: facts in hand, each step is settled or refused.

use super::assess::Assessed;
use super::diff::unified_diff;
use super::draft::{
    Context, Draft, DraftStep, adoption_probe, is_adopted, parse_script, recorded_rollback,
    recorded_script, requirement_probe,
};
use super::error::PlanError;
use super::step::{
    Action, CheckedRequirement, Direction, Facts, Plan, Presence, RecordedCatalogs, Resume, Step,
};
use crate::model::{Digest, Engine, ObjectName, StatementProgress, StatementState};
use crate::sets::Script;
use crate::sql::{Before, Hazard, ParsedScript, TransactionMode, suspicions};

impl Draft<'_> {
    /// Makes the plan. `facts` must answer everything in [`needs`](Self::needs).
    pub fn finish(self, facts: &Facts) -> Result<Plan, PlanError> {
        let Draft { context, direction, steps, faults, .. } = self;
        if !faults.is_empty() {
            let diffs = faults.iter().filter_map(|fault| fault.diff(&facts.texts)).collect();
            return Err(PlanError::Mismatch { faults, diffs });
        }
        let mut before = Before::default();
        let steps = steps
            .into_iter()
            .map(|step| settle(context, direction, step, facts, &mut before))
            .collect::<Result<_, _>>()?;
        Ok(Plan { direction, steps, state: context.state.digest() })
    }
}

fn settle(
    context: Context<'_>,
    direction: Direction,
    draft: DraftStep<'_>,
    facts: &Facts,
    before: &mut Before,
) -> Result<Step, PlanError> {
    let DraftStep { assessed, script, rollback, parsed, source } = draft;
    let label = assessed.label();
    let script = script
        .or_else(|| recorded(facts, recorded_script(&assessed), &format!("{label} (recorded)")));
    let rollback = rollback.or_else(|| {
        recorded(facts, recorded_rollback(&assessed), &format!("{label} (recorded rollback)"))
    });
    let (Some(script), Some(rollback)) = (script, rollback) else {
        return Err(PlanError::NoRollbackText { label });
    };
    let running = if direction == Direction::Forward { &script } else { &rollback };
    let parsed = match parsed {
        Some(parsed) => parsed,
        None => parse_script(context.engine, running)?,
    };
    let adopted = is_adopted(&assessed);
    let action = match direction {
        Direction::Forward if assessed.progress.is_none() => adoption(&label, &parsed, facts)?,
        Direction::Back if adopted => Action::Forget,
        _ => Action::Run,
    };
    let resume = match assessed.progress {
        Some(progress) if progress.rolling_back == (direction == Direction::Back) => {
            let before = facts.texts.get(progress.running());
            continuation(context.engine, progress, running, &parsed, before)?
        }
        _ => None,
    };
    let undoes_partial = assessed
        .progress
        .filter(|progress| direction == Direction::Back && !progress.rolling_back)
        .map(StatementProgress::finished);
    Ok(Step {
        direction,
        version: assessed.version,
        name: assessed.name().to_owned(),
        hazards: step_hazards(context.engine, running, &parsed, &action, before),
        requires: requirements(&parsed, facts),
        action,
        script,
        rollback,
        source,
        parsed,
        out_of_order: assessed.out_of_order,
        resume,
        undoes_partial,
        recorded: recorded_catalogs(&assessed),
    })
}

/// What is known of the catalogs of a version that stands, or whose script was interrupted.
fn recorded_catalogs(assessed: &Assessed<'_>) -> Option<RecordedCatalogs> {
    let in_progress = assessed.progress.and_then(|progress| progress.catalog.clone());
    match assessed.recorded.filter(|event| event.stands() && assessed.history.is_some()) {
        Some(event) => event
            .catalogs
            .clone()
            .map(|pair| RecordedCatalogs { before: pair.before, after: Some(pair.after) }),
        None => in_progress.map(|before| RecordedCatalogs { before, after: None }),
    }
}

fn recorded(facts: &Facts, digest: Option<&Digest>, name: &str) -> Option<Script> {
    facts.texts.get(digest?).map(|text| Script::new(name, text))
}

fn step_hazards(
    engine: Engine,
    running: &Script,
    parsed: &ParsedScript,
    action: &Action,
    before: &mut Before,
) -> Vec<Hazard> {
    if *action == Action::Run {
        suspicions(engine, &running.stored.text, parsed, before)
    } else {
        Vec::new()
    }
}

fn adoption(label: &str, parsed: &ParsedScript, facts: &Facts) -> Result<Action, PlanError> {
    let answers: Vec<(&ObjectName, Presence)> = parsed
        .adopt_if
        .iter()
        .map(|adoption| {
            let presence = facts.presence.get(&adoption_probe(adoption));
            (&adoption.table, presence.cloned().unwrap_or_default())
        })
        .collect();
    let (existing, absent): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|(_, presence)| presence.exists);
    let names = |list: &[(&ObjectName, Presence)]| {
        list.iter().map(|(table, _)| (*table).clone()).collect::<Vec<_>>()
    };
    if existing.is_empty() {
        return Ok(Action::Run);
    }
    if !absent.is_empty() {
        return Err(PlanError::PartlyAdoptable {
            label: label.to_owned(),
            existing: names(&existing),
            absent: names(&absent),
        });
    }
    if let Some((table, presence)) =
        existing.iter().find(|(_, presence)| !presence.faults.is_empty())
    {
        return Err(PlanError::NotAdoptable {
            label: label.to_owned(),
            table: (*table).clone(),
            faults: presence.faults.clone(),
        });
    }
    Ok(Action::Adopt { tables: names(&existing) })
}

fn requirements(parsed: &ParsedScript, facts: &Facts) -> Vec<CheckedRequirement> {
    parsed
        .requires
        .iter()
        .map(|requirement| CheckedRequirement {
            present: facts
                .presence
                .get(&requirement_probe(requirement))
                .map(|presence| presence.exists),
            requirement: requirement.clone(),
        })
        .collect()
}

/// Where to go on. The statements that finished must still be the same ones; those behind them may
/// have been mended.
fn continuation(
    engine: Engine,
    progress: &StatementProgress,
    running: &Script,
    parsed: &ParsedScript,
    before: Option<&String>,
) -> Result<Option<Resume>, PlanError> {
    let from = progress.finished();
    let changed =
        |diff| PlanError::ChangedInFlight { file: running.file.clone(), finished: from, diff };
    if progress.running() != &running.stored.digest {
        let Some(before) = before else { return Err(changed(None)) };
        let diff = || unified_diff("as it ran", before, &running.file, &running.stored.text);
        let earlier = parse_script(engine, &Script::new("as it ran", before))?;
        let same = parsed.mode == TransactionMode::Off
            && parsed.statements.len() >= from
            && (0..from).all(|index| {
                earlier.statements.get(index).is_some_and(|then| {
                    before[then.span.clone()]
                        == running.stored.text[parsed.statements[index].span.clone()]
                })
            });
        if !same {
            return Err(changed(diff()));
        }
    }
    let in_doubt =
        progress.state == StatementState::Started && progress.running() == &running.stored.digest;
    Ok(Some(Resume { from, in_doubt }))
}
