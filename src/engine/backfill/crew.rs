//! Those who work at a backfill: one, or several beside each other, and who watches them.

use std::thread;
use std::time::{Duration, Instant};

use super::fault::{BackfillFault, Meaning, meaning};
use super::hand::{Did, Hand};
use super::leisure::take_time;
use super::progress::{BackfillProgress, Standing};
use super::shared::Shared;
use super::watch::Watch;
use crate::database::{Colleagues, DatabaseError, Session};
use crate::engine::{Observer, Progress};
use crate::model::Target;

/// How often progress is told.
const TOLD_EVERY: Duration = Duration::from_millis(200);
/// How long one who finds nothing to do waits.
const IDLE: Duration = Duration::from_millis(50);
/// How long a server that is gone is waited for.
const PATIENCE: Duration = Duration::from_mins(1);
/// Below so many blocks another connection is not worth its while.
const SMALL: u64 = 64;

/// What a connection is made ready with.
#[derive(Clone)]
pub(super) struct Prelude<'a> {
    pub target: &'a Target,
    /// What the script has set before the statement.
    pub settings: Vec<String>,
}

/// Does all parts.
pub(super) fn drive(
    session: &mut dyn Session,
    shared: &Shared,
    prelude: &Prelude<'_>,
    expected: Option<u64>,
    observer: &mut dyn Observer,
) -> Result<(), BackfillFault> {
    let mut teller = Teller::new(shared, expected, false);
    let mut watch = Watch::new();
    watch.look(shared, session)?;
    let blocks: u64 = shared.grounds.iter().map(|it| it.relation.blocks).sum();
    let worked = match session.colleagues() {
        Some(colleagues) if blocks > SMALL && shared.composer.key.is_empty() => {
            together(session, (shared, prelude), &colleagues, (&mut watch, &mut teller), observer)
        }
        _ => alone(session, shared, (&mut watch, &mut teller), observer),
    };
    if let Some(fault) = shared.tally().fault.take() {
        return Err(fault);
    }
    worked?;
    if shared.stops() { Err(DatabaseError::Interrupted.into()) } else { Ok(()) }
}

/// Does what the parts have left, and returns how many rows cannot be changed.
pub(super) fn finish(
    session: &mut dyn Session,
    shared: &Shared,
    expected: Option<u64>,
    observer: &mut dyn Observer,
) -> Result<u64, BackfillFault> {
    let mut teller = Teller::new(shared, expected, true);
    let mut watch = Watch::new();
    watch.look(shared, session)?;
    teller.tell(&mut watch, observer, true);
    let mut hand = Hand::new(shared, 0, session)?;
    hand.sweep(session, &mut |session| {
        watch.look(shared, session)?;
        teller.tell(&mut watch, observer, false);
        Ok(())
    })
}

fn alone(
    session: &mut dyn Session,
    shared: &Shared,
    (watch, teller): (&mut Watch, &mut Teller<'_>),
    observer: &mut dyn Observer,
) -> Result<(), BackfillFault> {
    let mut hand = Hand::new(shared, 0, session)?;
    let outcome = loop {
        if shared.stops() {
            break Err(DatabaseError::Interrupted.into());
        }
        match hand.step(session) {
            Ok(Did::Work) => {}
            Ok(Did::Waited) => shared.pause(IDLE),
            Ok(Did::Nothing) if watch.standing.units_left == 0 => break Ok(()),
            Ok(Did::Nothing) => {
                shared.pause(IDLE);
                watch.again();
            }
            Err(fault) => break Err(fault),
        }
        if let Err(fault) = watch.look(shared, session) {
            break Err(fault);
        }
        teller.tell(watch, observer, false);
    };
    if outcome.is_err() {
        // Who comes next finds it free in any case once this process is gone.
        let _ = hand.leave(session);
    }
    outcome
}

fn together(
    session: &mut dyn Session,
    (shared, prelude): (&Shared, &Prelude<'_>),
    colleagues: &Colleagues,
    (watch, teller): (&mut Watch, &mut Teller<'_>),
    observer: &mut dyn Observer,
) -> Result<(), BackfillFault> {
    thread::scope(|scope| {
        let mut hands = Vec::new();
        let outcome = loop {
            let wanted = shared.control().tuning().workers;
            while hands.len() < wanted && !shared.stops() {
                let number = hands.len();
                hands.push(scope.spawn(move || serve(shared, prelude, colleagues, number)));
            }
            shared.pause(IDLE);
            if let Err(fault) = watch.look(shared, session) {
                break Err(fault);
            }
            teller.tell(watch, observer, false);
            if hands.iter().all(thread::ScopedJoinHandle::is_finished) {
                break Ok(());
            }
        };
        if outcome.is_err() {
            shared.stop(None);
        }
        outcome
    })
}

/// One connection's life, and that of those which take its place when it breaks.
fn serve(shared: &Shared, prelude: &Prelude<'_>, colleagues: &Colleagues, number: usize) {
    let mut broken: Option<Instant> = None;
    while !shared.stops() {
        let outcome = work(shared, prelude, colleagues, number, &mut broken);
        match outcome {
            Ok(()) | Err(BackfillFault::Database(DatabaseError::Interrupted)) => return,
            Err(BackfillFault::Database(error)) if meaning(&error) == Meaning::Gone => {
                let since = *broken.get_or_insert_with(Instant::now);
                if since.elapsed() > PATIENCE {
                    shared.stop(Some(error.into()));
                    return;
                }
                shared.tally().retries += 1;
                shared.pause(IDLE * 10);
            }
            Err(fault) => {
                shared.stop(Some(fault));
                return;
            }
        }
    }
}

fn work(
    shared: &Shared,
    prelude: &Prelude<'_>,
    colleagues: &Colleagues,
    number: usize,
    broken: &mut Option<Instant>,
) -> Result<(), BackfillFault> {
    let mut session = colleagues.open()?;
    let session = session.as_mut();
    session.begin_statements(prelude.target)?;
    if !prelude.settings.is_empty() {
        session.exchange(&prelude.settings)?;
    }
    take_time(session)?;
    let mut hand = Hand::new(shared, number, session)?;
    while !shared.stops() {
        match hand.step(session)? {
            Did::Work => *broken = None,
            Did::Waited if hand.is_at_work() => shared.pause(IDLE),
            Did::Waited | Did::Nothing if shared.units_left(session)? == 0 => break,
            Did::Waited | Did::Nothing => shared.pause(IDLE * 4),
        }
        // Nobody hears what triggers have to say of each batch.
        session.take_notices();
    }
    if shared.stops() {
        hand.leave(session)?;
    }
    Ok(())
}

/// Tells how it is going.
struct Teller<'a> {
    shared: &'a Shared,
    expected: Option<u64>,
    told: Option<Instant>,
    /// The rows that were done when this run began, and the share.
    first: Option<(u64, f64)>,
    sweeping: bool,
}

impl<'a> Teller<'a> {
    const fn new(shared: &'a Shared, expected: Option<u64>, sweeping: bool) -> Self {
        Self { shared, expected, told: None, first: None, sweeping }
    }

    fn tell(&mut self, watch: &mut Watch, observer: &mut dyn Observer, at_once: bool) {
        for remark in watch.remarks.drain(..) {
            observer.notice(Progress::Remark(remark));
        }
        if !at_once && self.told.is_some_and(|told| told.elapsed() < TOLD_EVERY) {
            return;
        }
        self.told = Some(Instant::now());
        let elapsed = self.shared.began.elapsed();
        let here = self.shared.tally().rows;
        let control = self.shared.control().clone();
        let standing = watch.standing;
        let share = share(standing, standing.rows, self.expected);
        let begun = standing.rows.saturating_sub(here);
        let (before, first) = *self.first.get_or_insert((begun, share.unwrap_or(0.0)));
        let rows = standing.rows.max(before + here);
        #[expect(clippy::cast_precision_loss, reason = "it is shown with three digits")]
        let rate = (rows - before) as f64 / elapsed.as_secs_f64().max(0.001);
        let left = share.filter(|it| *it > first + 0.01 && !self.sweeping).map(|share| {
            elapsed.mul_f64(((1.0 - share) / (share - first)).clamp(0.0, 1_000_000.0))
        });
        let (workers, _) = control.pace();
        observer.notice(Progress::Backfill(BackfillProgress {
            table: &self.shared.table,
            rows,
            expected: self.expected,
            rate,
            left,
            share,
            workers: if control.holds() { 0 } else { workers },
            batch: control.size(),
            batch_is_rows: !self.shared.composer.key.is_empty(),
            sweeping: self.sweeping,
            restraint: control.restraint(),
            elapsed,
        }));
    }
}

/// The share of a backfill that is done: of its blocks, or else of the rows there are about.
fn share(standing: Standing, rows: u64, expected: Option<u64>) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "it is shown with three digits")]
    let share = |part: u64, of: u64| (part as f64 / of as f64).min(1.0);
    match (standing.of, expected) {
        (0, Some(expected)) if expected > 0 => Some(share(rows, expected)),
        (0, _) => None,
        (of, _) => Some(share(standing.done, of)),
    }
}
