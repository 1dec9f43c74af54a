//! From a database and a set to a plan.

use crate::database::{DatabaseError, ServerFacts, Session};
use crate::model::{Engine, LedgerState, Target};
use crate::plan::{Context, Direction, Draft, Facts, HazardPolicy, Plan, Questions, Request};
use crate::sets::MigrationSet;
use crate::settings::OutOfOrder;

use super::{EngineError, Retuning, Saving};

/// A set and where it is to live.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// The files.
    pub set: &'a MigrationSet,
    /// Where they go.
    pub target: &'a Target,
    /// What to do with a pending version below an applied one.
    pub out_of_order: OutOfOrder,
    /// What is saved of what a run destroys.
    pub saving: Saving,
    /// How hard backfills work, where somebody said so.
    pub retuning: Option<&'a Retuning>,
    /// Which hazards a run may go past; `None` is all, where nobody else works.
    pub hazards: Option<&'a HazardPolicy>,
}

/// A plan and the state it was made from.
#[derive(Debug)]
pub struct Survey {
    /// What is recorded.
    pub state: LedgerState,
    /// What would be done.
    pub plan: Plan,
}

/// Reads the recorded state and plans. Nothing is written.
pub fn survey(
    session: &mut dyn Session,
    job: &Job<'_>,
    request: Request,
) -> Result<Survey, EngineError> {
    check_version(session.facts(), session.capabilities().engine, job.set)?;
    let state = session.read_ledger(job.target)?;
    let context = Context {
        set: job.set,
        state: &state,
        engine: session.capabilities().engine,
        out_of_order: job.out_of_order,
    };
    let draft = Draft::new(context, request)?;
    let facts = gather(session, job.target, &draft)?;
    let mut plan = draft.finish(&facts)?;
    // What is rolled back was agreed to when it was applied.
    if plan.direction == Direction::Forward {
        judge_hazards(session, job, &mut plan)?;
    }
    Ok(Survey { state, plan })
}

/// Leaves of a plan's hazards those that are some on this database. Reads only, and nothing where the
/// scripts leave nothing open.
///
/// # Errors
///
/// The database refused or was lost.
pub fn judge_hazards(
    session: &mut dyn Session,
    job: &Job<'_>,
    plan: &mut Plan,
) -> Result<(), DatabaseError> {
    let questions = Questions::of(plan);
    if !questions.is_empty() {
        plan.judge(&session.surroundings(job.target, &questions)?);
    }
    Ok(())
}

/// Asks the database only what the draft needs: nothing, most often.
fn gather(
    session: &mut dyn Session,
    target: &Target,
    draft: &Draft<'_>,
) -> Result<Facts, DatabaseError> {
    let needs = draft.needs();
    let mut facts = Facts::default();
    if !needs.probes.is_empty() {
        facts.presence = session.look_up(target, &needs.probes)?;
    }
    if !needs.texts.is_empty() {
        facts.texts = session.read_texts(&needs.texts)?;
    }
    Ok(facts)
}

pub(super) fn check_version(
    facts: &ServerFacts,
    engine: Engine,
    set: &MigrationSet,
) -> Result<(), DatabaseError> {
    let needed = set.manifest.as_ref().and_then(|manifest| manifest.minimum_server.as_deref());
    match needed {
        Some(needed) if facts.version_number < version_number(engine, needed) => {
            Err(DatabaseError::TooOld {
                engine: match engine {
                    Engine::Postgres => "PostgreSQL",
                    Engine::Sqlite => "SQLite",
                },
                needed: needed.to_owned(),
                found: facts.version.clone(),
            })
        }
        _ => Ok(()),
    }
}

/// `14` as `140000`, `3.35` as `3035000`: the engines' own numbering.
fn version_number(engine: Engine, text: &str) -> u32 {
    let mut parts = text.split('.').map(|part| part.parse::<u32>().unwrap_or_default());
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    match engine {
        Engine::Postgres => first * 10_000 + second,
        Engine::Sqlite => first * 1_000_000 + second * 1_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_the_engines_number_them() {
        assert_eq!(version_number(Engine::Postgres, "14"), 140_000);
        assert_eq!(version_number(Engine::Sqlite, "3.35"), 3_035_000);
    }
}
