//! What an operator does with backfills that are on record, from any terminal.

use super::fault::BackfillFault;
use super::progress::BackfillDone;
use super::record::Job;
use super::run::{Means, go_on};
use super::start::Work;
use super::store::Store;
use super::tuning::Retuning;
use crate::database::{DatabaseError, Interrupt, Session};
use crate::engine::lock::with_runner_lock;
use crate::engine::{EngineError, Limits, Observer};
use crate::model::{BackfillState, Digest, Target};
use crate::sql::parse;

/// Has whoever works at a backfill stop behind the batch at hand; it goes on when somebody runs it.
pub fn pause(session: &mut dyn Session, store: &Store, job: &Job) -> Result<(), DatabaseError> {
    session.write_beside()?;
    session.exchange(&[store.state_sql(job.id, BackfillState::Paused)]).map(|_| ())
}

/// Gives a backfill up. What its batches have done stands, and what they have overwritten is kept.
pub fn cancel(session: &mut dyn Session, store: &Store, job: &Job) -> Result<(), DatabaseError> {
    session.write_beside()?;
    session.exchange(&[store.state_sql(job.id, BackfillState::Cancelled)]).map(|_| ())
}

/// Has whoever works at a backfill go by other settings from the next batch on.
pub fn retune(
    session: &mut dyn Session,
    store: &Store,
    job: &Job,
    retuning: &Retuning,
) -> Result<(), DatabaseError> {
    session.write_beside()?;
    let mut tuning = job.tuning.clone();
    retuning.apply(&mut tuning);
    session.exchange(&[store.tuning_sql(job.id, &tuning)?]).map(|_| ())
}

/// Works at a backfill that is on record until no row is left, beside whoever else does. The rest of
/// its script is left to the runner that began it, or to the next one.
pub fn work_at(
    session: &mut dyn Session,
    (target, store): (&Target, &Store),
    job: Job,
    retuning: &Retuning,
    (interrupt, observer): (&Interrupt, &mut dyn Observer),
) -> Result<(Job, BackfillDone), BackfillFault> {
    let gone = || BackfillFault::Gone { table: job.of.table.clone() };
    let digest = Digest::from_stored(&job.script_digest);
    let text = session.read_texts(std::slice::from_ref(&digest))?.remove(&digest);
    let text = text.ok_or_else(gone)?;
    let engine = session.capabilities().engine;
    let parsed = parse(engine, &job.of.label(), &text).map_err(|_| gone())?;
    let work = Work::of_script(&parsed, &text, job.of.statement).ok_or_else(gone)?;
    let saves = true;
    let mut means = Means { target, interrupt, observer, saves, retuning };
    go_on(session, (store, job), work, &mut means)
}

/// The same for an operator: beside others where several can write, and where only one can, as the
/// one runner that works. `None` where the script has gone on behind it meanwhile.
pub fn help(
    session: &mut dyn Session,
    (target, store): (&Target, &Store),
    job: Job,
    retuning: &Retuning,
    limits: Limits,
    (interrupt, observer): (&Interrupt, &mut dyn Observer),
) -> Result<Option<BackfillDone>, EngineError> {
    let of = (target, store);
    if session.colleagues().is_some() {
        let (_, done) = work_at(session, of, job, retuning, (interrupt, observer))?;
        return Ok(Some(done));
    }
    with_runner_lock(session, limits.runner_wait, interrupt, observer, |session, observer| {
        let now = store.read(session)?.into_iter().find(|it| it.id == job.id && it.open);
        let Some(job) = now else { return Ok(None) };
        let (_, done) = work_at(session, of, job, retuning, (interrupt, observer))?;
        Ok(Some(done))
    })
}
