//! Proving rollbacks while a run goes on.

use super::error::StepFault;
use super::witness::{Absorbed, Judgement};
use super::worker::Worker;
use crate::catalog::{Catalog, Difference, Ground, ObjectKey, Verdict, differences};
use crate::database::{DatabaseError, Session, StoredCatalog};
use crate::plan::{Action, Direction, RecordedCatalogs, Step};

/// What a rollback is proven by. That there is nothing is said.
pub(super) fn ground_of(
    worker: &mut Worker<'_>,
    step: &Step,
) -> Result<Option<Ground>, DatabaseError> {
    if step.direction == Direction::Forward {
        return Ok(None);
    }
    let ground = ground(worker.session, step.recorded.as_ref())?;
    if ground.is_none() && step.action == Action::Run {
        let label = step.label();
        worker.remark(format!(
            "{label}: no catalog is on record from before it, so nothing proves its rollback"
        ));
    }
    Ok(ground)
}

/// Reads what a rollback is proven by.
pub(super) fn ground(
    session: &mut dyn Session,
    recorded: Option<&RecordedCatalogs>,
) -> Result<Option<Ground>, DatabaseError> {
    let Some(recorded) = recorded else { return Ok(None) };
    let wanted: Vec<_> =
        std::iter::once(&recorded.before).chain(&recorded.after).cloned().collect();
    let mut catalogs = session.read_catalogs(&wanted)?;
    let after = recorded.after.as_ref().and_then(|digest| catalogs.get(digest).cloned());
    let before = catalogs.remove(&recorded.before);
    Ok(before.map(|before| Ground { before, after }))
}

/// How many objects a remark names.
const SHOWN: usize = 6;

/// The first of them, and how many more there are.
fn names(differences: &[Difference]) -> String {
    let shown = differences.iter().take(SHOWN);
    let mut names: Vec<String> =
        shown.map(|it| format!("{} ({})", it.key, it.change.word())).collect();
    if let Some(more @ 1..) = differences.len().checked_sub(SHOWN) {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}

impl Worker<'_> {
    /// Takes a step's outcome and judgement together: what was withheld is explained, what was
    /// committed is remembered.
    pub(super) fn conclude(
        &mut self,
        step: &Step,
        outcome: Result<(), DatabaseError>,
        judgement: Option<Judgement>,
    ) -> Result<(), StepFault> {
        match (outcome, judgement) {
            (Err(DatabaseError::Withheld), Some(judgement)) => Err(refuse(judgement.verdict)),
            (Err(error), _) => Err(error.into()),
            (Ok(()), None) => Ok(()),
            (Ok(()), Some(mut judgement)) => {
                let absorbed = judgement.absorbed.take();
                let verdict = self.witness.keep(judgement);
                self.remark_on(step, &verdict);
                // What a script that stopped had done by then is nobody else's change.
                if let (Some(absorbed), None, None) = (absorbed, step.resume, &step.undoes_partial)
                {
                    self.remark_on_absorbed(&absorbed, &verdict.drift);
                }
                Ok(())
            }
        }
    }

    /// Whether the step goes on record without catalogs, which is said when it first happens.
    pub(super) fn leaves_out(&mut self, step: &Step, is_last: bool) -> bool {
        let (was_told, size) = (self.told_of_saving, self.witness.last_size);
        let left_out = self.witness.leaves_out(is_last);
        if left_out && !was_told && step.direction == Direction::Forward {
            self.told_of_saving = true;
            self.remark(format!(
                "so many migrations at once: from {} on, not every one gets a catalog of the {size} \
                 objects on record; a rollback of one without can run, but is not proven",
                step.label()
            ));
        }
        left_out
    }

    fn remark_on(&mut self, step: &Step, verdict: &Verdict) {
        if step.direction == Direction::Forward {
            return;
        }
        let label = step.label();
        if !verdict.in_doubt.is_empty() {
            self.remark(format!(
                "{label}: left as found, because nobody knows whether the migration that never \
                 finished changed it or somebody else: {}",
                names(&verdict.in_doubt)
            ));
        }
        if !verdict.remarks.is_empty() {
            self.remark(format!(
                "{label}: the schema is as it was, but for what makes no difference to anybody's \
                 SQL or cannot be told: {}",
                names(&verdict.remarks)
            ));
        }
    }

    /// What others changed between two runs is not to go on record in silence. What of it was
    /// `lost` in a rollback was shown before.
    fn remark_on_absorbed(&mut self, absorbed: &Absorbed, lost: &[Difference]) {
        let Absorbed { recorded, found } = absorbed;
        let remark = match self.session.read_catalogs(std::slice::from_ref(recorded)) {
            // The step is committed: that this cannot be told must not make it a failure.
            Err(error) => format!("what was changed since the last run cannot be told: {error}"),
            Ok(catalogs) => {
                let Some(recorded) = catalogs.get(recorded) else { return };
                let mut changed = differences(recorded, found);
                let is_lost = |key: &ObjectKey| lost.iter().any(|it| it.key == *key);
                changed.retain(|it| it.change.matters() && !is_lost(&it.key));
                let count = match changed.len() {
                    0 => return,
                    1 => "1 object was".to_owned(),
                    more => format!("{more} objects were"),
                };
                format!(
                    "{count} changed since the last run, which `turnback verify` would have shown \
                     and which is on record from now on: {}",
                    names(&changed)
                )
            }
        };
        self.remark(remark);
    }

    /// What the first statement of a script without a transaction found. Where an earlier run began
    /// the migration, it recorded that. A rollback that goes on compares with what it finds now:
    /// others may have been at work meanwhile.
    pub(super) fn found_by(&mut self, step: &Step) -> Result<Found, DatabaseError> {
        let forward = step.direction == Direction::Forward;
        let goes_on = forward && step.resume.is_some();
        let recorded = step.recorded.as_ref().filter(|_| goes_on).map(|it| &it.before);
        if let Some(digest) = recorded {
            let mut catalogs = self.session.read_catalogs(std::slice::from_ref(digest))?;
            if let Some(catalog) = catalogs.remove(digest) {
                let stored = StoredCatalog { digest: digest.clone(), rows: Vec::new() };
                return Ok(Found { catalog, stored });
            }
        }
        let catalog = match self.witness.known.clone().filter(|_| forward) {
            Some(known) => known,
            None => self.session.read_catalog(&self.witness.scope)?,
        };
        let (stored, _) = self.witness.store(&catalog);
        Ok(Found { catalog, stored })
    }
}

/// A catalog that was found, and what it takes to put it on record.
pub(super) struct Found {
    pub catalog: Catalog,
    pub stored: StoredCatalog,
}

/// What is not proven is refused.
fn refuse(verdict: Verdict) -> StepFault {
    let Verdict { drift, failures, in_doubt, .. } = verdict;
    if !failures.is_empty() {
        StepFault::NotProven(failures)
    } else if !drift.is_empty() {
        StepFault::Drifted(drift)
    } else {
        StepFault::InDoubt(in_doubt)
    }
}
