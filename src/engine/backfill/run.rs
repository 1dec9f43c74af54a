//! A backfill from its beginning, or from where it stopped, to its end.

use std::sync::{Condvar, Mutex};
use std::time::Instant;

use super::compose::Composer;
use super::control::Control;
use super::crew::{Prelude, drive, finish};
use super::fault::BackfillFault;
use super::ground::row_names;
use super::growth::{Tree, catch_up};
use super::hand::Hand;
use super::leisure::{keep_record, take_time};
use super::progress::BackfillDone;
use super::record::{Detail, Job};
use super::shared::{Ground, Shared, Tally};
use super::start::{Work, measure, relation, start};
use super::store::Store;
use super::tuning::{Retuning, Tuning};
use crate::database::{DatabaseError, Interrupt, Session, TableShape};
use crate::engine::backup::{Journal, known_content, settle_journal};
use crate::engine::{Observer, Progress};
use crate::model::{BackfillState, Backup, Engine, Target};
use crate::plan::{Direction, Step};
use crate::sql::quote_name;

/// How many blocks the first batch has, and how many rows.
const FIRST_BLOCKS: f64 = 8.0;
const FIRST_ROWS: f64 = 500.0;
/// The same where a batch keeps everybody else from writing.
const FIRST_ROWS_ALONE: f64 = 50.0;
/// How many rows a block is taken to have where nobody has counted.
const ROWS_A_BLOCK: f64 = 60.0;

/// What a backfill needs besides its statement.
pub(in crate::engine) struct Means<'a> {
    pub target: &'a Target,
    pub interrupt: &'a Interrupt,
    pub observer: &'a mut dyn Observer,
    /// Whether what it overwrites is to come back.
    pub saves: bool,
    /// What the operator asks for.
    pub retuning: &'a Retuning,
}

/// The backfill on record of a statement that is not recorded as finished, if there is one.
pub(in crate::engine) fn find(
    session: &mut dyn Session,
    store: &Store,
    (step, work): (&Step, Work<'_>),
) -> Result<Option<Job>, DatabaseError> {
    let digest = work.digest();
    let jobs = store.read_open(session)?.into_iter().rev();
    let is_it = |job: &Job| {
        job.of.version == step.version
            && job.of.rolling_back == (step.direction == Direction::Back)
            && job.of.statement == work.index
            && job.statement_digest == digest
    };
    Ok(jobs.into_iter().find(is_it))
}

/// Begins a backfill or goes on with it, until no row is left.
pub(in crate::engine) fn carry_out(
    session: &mut dyn Session,
    (step, work): (&Step, Work<'_>),
    means: &mut Means<'_>,
) -> Result<(Job, BackfillDone), BackfillFault> {
    let store = Store::new(session, means.target);
    let job = if let Some(job) = find(session, &store, (step, work))? {
        job
    } else {
        let mut tuning = Tuning { order_by: work.parts.order.clone(), ..Tuning::default() };
        means.retuning.apply(&mut tuning);
        work.make_ready(session, means.target)?;
        take_time(session)?;
        start(session, (means.target, &store), (step, work), (tuning, means.saves))?
    };
    go_on(session, (&store, job), work, means)
}

/// Goes on with a backfill that is on record.
pub(in crate::engine) fn go_on(
    session: &mut dyn Session,
    (store, mut job): (&Store, Job),
    work: Work<'_>,
    means: &mut Means<'_>,
) -> Result<(Job, BackfillDone), BackfillFault> {
    let table = job.of.table.clone();
    // Work of our own between two statements has taken the session back.
    work.make_ready(session, means.target)?;
    take_time(session)?;
    means.retuning.apply(&mut job.tuning);
    if job.state != BackfillState::Done {
        let is_on_record = job.units.1 > 0;
        if is_on_record {
            catch_up(session, (means.target, store), &mut job, work)?;
        }
        session.exchange(&[
            store.state_sql(job.id, BackfillState::Running),
            store.tuning_sql(job.id, &job.tuning)?,
        ])?;
    }
    let mut shared = shared(session, store, &job, work, means)?;
    if job.state != BackfillState::Done {
        let refused;
        (shared, refused) = to_the_end(session, shared, &mut job, work, means)?;
        if refused > 0 {
            session.exchange(&[store.state_sql(job.id, BackfillState::Incomplete)])?;
            let hand = Hand::new(&shared, 0, session)?;
            return Err(hand.rows_fault(session, refused)?);
        }
        job.detail.bytes_after = Some(measure(session, means.target, work.parts)?);
        session.exchange(&[
            store.state_sql(job.id, BackfillState::Done),
            store.detail_sql(job.id, &job.detail)?,
        ])?;
    }
    let rows = store.read(session)?.into_iter().find(|it| it.id == job.id).map_or(0, |it| it.rows);
    let tally = shared.tally();
    let done = BackfillDone {
        table,
        rows,
        batches: tally.batches,
        retries: tally.retries,
        longest: tally.longest,
        duration: shared.began.elapsed(),
        bytes_before: job.detail.bytes_before,
        bytes_after: job.detail.bytes_after.unwrap_or_default(),
    };
    drop(tally);
    Ok((job, done))
}

/// Does what there is to do, in what the table has become as well. Returns how many rows cannot be
/// changed.
fn to_the_end(
    session: &mut dyn Session,
    mut shared: Shared,
    job: &mut Job,
    work: Work<'_>,
    means: &mut Means<'_>,
) -> Result<(Shared, u64), BackfillFault> {
    let store = shared.store.clone();
    let of = (means.target, &store);
    let prelude = Prelude { target: means.target, settings: work.settings() };
    let expected = job.detail.rows;
    let mut tree = Tree::of(session, work)?;
    loop {
        let outcome = drive(session, &shared, &prelude, expected, means.observer).and_then(|()| {
            if tree.has_changed(session, work)? && catch_up(session, of, job, work)? {
                return Ok(None);
            }
            finish(session, &shared, expected, means.observer).map(Some)
        });
        match outcome {
            Ok(None) => {}
            Ok(Some(refused)) => {
                if !(tree.has_changed(session, work)? && catch_up(session, of, job, work)?) {
                    return Ok((shared, refused));
                }
            }
            Err(fault) => {
                if !(fault.misses_a_table() && catch_up(session, of, job, work)?) {
                    return Err(fault);
                }
            }
        }
        let grounds = grounds(session, &store, job, work, means.target)?;
        let tally = shared.take_tally();
        shared = Shared { grounds, tally: Mutex::new(tally), ..shared };
    }
}

fn shared(
    session: &mut dyn Session,
    store: &Store,
    job: &Job,
    work: Work<'_>,
    means: &Means<'_>,
) -> Result<Shared, BackfillFault> {
    let engine = store.engine();
    let composer = Composer::new(engine, work.text, work.parts, &job.detail.key);
    let grounds = grounds(session, store, job, work, means.target)?;
    let by_blocks = job.detail.key.is_empty();
    Ok(Shared {
        store: store.clone(),
        job: job.id,
        table: job.of.table.clone(),
        composer,
        grounds,
        passes: job.detail.passes.max(1),
        control: Mutex::new(Control::new(
            job.tuning.clone(),
            match engine {
                _ if by_blocks => FIRST_BLOCKS,
                Engine::Postgres => FIRST_ROWS,
                Engine::Sqlite => FIRST_ROWS_ALONE,
            },
            density(job),
        )),
        tally: Mutex::new(Tally::default()),
        changed: Condvar::new(),
        began: Instant::now(),
        interrupt: means.interrupt.clone(),
    })
}

/// Where it works, by number.
fn grounds(
    session: &mut dyn Session,
    store: &Store,
    job: &Job,
    work: Work<'_>,
    target: &Target,
) -> Result<Vec<Ground>, BackfillFault> {
    let engine = store.engine();
    let composer = Composer::new(engine, work.text, work.parts, &job.detail.key);
    let shapes = session.read_tables(target)?;
    let backups = session.read_backups(target)?;
    let gone = || BackfillFault::Gone { table: job.of.table.clone() };
    let mut grounds = Vec::new();
    for (number, place) in job.detail.relations.iter().enumerate() {
        let named = |it: &&TableShape| quote_name(&it.name()) == place.name;
        let own = shapes.iter().find(named).filter(|_| !place.gone);
        let Some(own) = own else {
            if !place.gone {
                return Err(gone());
            }
            grounds.push(Ground::gone(number, place.name.clone()));
            continue;
        };
        let backup = place.backup.and_then(|id| backups.iter().find(|it| it.id == id));
        let of_backup = backup.and_then(|backup| {
            let (schema, table) = backup.table.after.clone()?;
            shapes.iter().find(|it| it.schema == schema && it.table == table)
        });
        let journal = match (backup, of_backup) {
            (Some(backup), Some(shape)) => Journal::resume(engine, backup, shape.clone()),
            _ => None,
        };
        if place.backup.is_some() && journal.is_none() {
            return Err(gone());
        }
        let (row_key, row_shown) = row_names(engine, &composer.alias, &place.key);
        grounds.push(Ground {
            relation: relation(
                (number, place.name.as_str(), place.blocks),
                own.table == work.parts.table.name,
                own,
                &job.detail.key,
            ),
            gone: false,
            journal,
            row_key,
            row_shown,
        });
    }
    Ok(grounds)
}

/// About how many rows a block has for each time it is gone over.
fn density(job: &Job) -> f64 {
    let Detail { relations, rows, key, passes, .. } = &job.detail;
    let blocks: u64 = relations.iter().map(|it| it.blocks).sum();
    if !key.is_empty() {
        return 1.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "an estimate needs a few digits")]
    let rows = match rows {
        Some(rows @ 1..) if blocks > 0 => *rows as f64 / blocks as f64,
        _ => ROWS_A_BLOCK,
    };
    #[expect(clippy::cast_precision_loss, reason = "it is a small number")]
    let passes = (*passes).max(1) as f64;
    (rows / passes).max(1.0)
}

/// Brings what a backfill has written down to an end, and closes it: the script goes on behind it,
/// or its step is undone. Returns the backups it has made.
pub(in crate::engine) fn close(
    session: &mut dyn Session,
    target: &Target,
    job: &Job,
) -> Result<Vec<Backup>, DatabaseError> {
    let store = Store::new(session, target);
    let ids: Vec<i64> = job.detail.relations.iter().filter_map(|it| it.backup).collect();
    let mut backups = session.read_backups(target)?;
    backups.retain(|it| ids.contains(&it.id));
    let engine: Engine = store.engine();
    let mut known = Vec::new();
    for backup in &backups {
        known.push(known_content(session, backup)?);
    }
    let mut settled = Vec::new();
    keep_record(session, target, &mut |open| {
        settled.clear();
        for (backup, known) in backups.iter().zip(&known) {
            settled.extend(settle_journal(engine, backup.clone(), *known, open)?);
        }
        open.run(&store.close_sql(job.id))?;
        Ok(())
    })?;
    Ok(settled)
}

/// Tells of a backfill that goes on where it stopped.
pub(in crate::engine) fn tell_resumed(job: &Job, observer: &mut dyn Observer) {
    observer.notice(Progress::Remark(format!(
        "{}: the backfill of {} goes on; {} rows are done",
        job.of.label(),
        job.of.table,
        job.rows
    )));
}
