//! How much is done at once, and when nothing is: pure, so that it can be tested by figures.
//!
//! It backs off at once and recovers gently, as congestion control does (additive increase,
//! multiplicative decrease; Chiu and Jain, 1989).

use std::time::Duration;

use super::follower::Follower;
use super::restraint::Restraint;
use super::tuning::{LONGEST_BATCH, Tuning};

/// The most a batch grows from one to the next.
const GROWTH: f64 = 1.25;
/// The most it shrinks because it took too long.
const SHRINKING: f64 = 0.5;
/// Below this share of a limit, what was held back goes on. A pause shrinks to it in a second.
const RELIEF: f64 = 0.7;
/// A replica is not given more to do than it can do in this share of what it may be behind: what is
/// written before the next look comes on top.
const AHEAD: f64 = 0.4;
/// A snapshot older than this keeps dead rows from being reused: the table grows meanwhile.
const OLD_SNAPSHOT: Duration = Duration::from_mins(1);
/// The longest pause between two batches, in batches.
const LONGEST_GAP: f64 = 16.0;
/// How long changing a row is taken to last before any was changed.
const ROW: Duration = Duration::from_micros(50);
/// So many rows tell how long one takes; of fewer the batch itself takes most.
const TELLING_ROWS: u64 = 50;
/// What a new figure weighs against those before.
const WEIGHT: f64 = 0.3;
/// How many seconds the last pressure must be over before one more worker is let in.
const QUIET: Duration = Duration::from_secs(5);

/// What a server was seen to suffer.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Measures {
    /// The write-ahead log's end, in bytes.
    pub wal: Option<u64>,
    /// How far the slowest replica has replayed it.
    pub replayed: Option<u64>,
    /// Finished WAL segments that are not archived.
    pub unarchived: Option<u64>,
    /// Share of what a replication slot may retain that is retained.
    pub slot_share: Option<f64>,
    /// The age of the oldest snapshot, and whose it is.
    pub oldest_snapshot: Option<(Duration, String)>,
    /// How many sessions wait for a lock that a batch holds.
    pub blocked: u64,
    /// The application's latency in milliseconds.
    pub latency_ms: Option<f64>,
}

/// Decides.
#[derive(Debug, Clone)]
pub(super) struct Control {
    tuning: Tuning,
    /// How many blocks or rows a batch is to have.
    size: f64,
    /// About how many rows a block has for a pass; 1 where batches are of rows.
    density: f64,
    /// How many seconds a row takes.
    row: f64,
    /// How many workers may work.
    allowed: usize,
    /// The pause between two batches of a worker.
    gap: Duration,
    restraint: Option<Restraint>,
    /// When the last pressure was felt, on the run's own clock.
    pressed_at: Duration,
    /// When it was last measured.
    measured_at: Duration,
    replica: Follower,
}

impl Control {
    pub fn new(tuning: Tuning, size: f64, density: f64) -> Self {
        Self {
            density,
            row: ROW.as_secs_f64(),
            allowed: tuning.workers,
            tuning,
            size,
            gap: Duration::ZERO,
            restraint: None,
            pressed_at: Duration::ZERO,
            measured_at: Duration::ZERO,
            replica: Follower::default(),
        }
    }

    pub const fn tuning(&self) -> &Tuning {
        &self.tuning
    }

    /// Goes by other settings from now on.
    pub fn retune(&mut self, tuning: Tuning) {
        if tuning != self.tuning {
            self.allowed = if tuning.workers > self.tuning.workers && self.restraint.is_none() {
                tuning.workers
            } else {
                self.allowed.min(tuning.workers)
            };
            self.tuning = tuning;
        }
    }

    /// How many blocks or rows the next batch has.
    pub fn size(&self) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it lies between 1 and a million"
        )]
        let size = self.size as u64;
        size.max(1)
    }

    /// How many workers may work, and how long each pauses between two batches.
    pub const fn pace(&self) -> (usize, Duration) {
        (self.allowed, self.gap)
    }

    pub const fn restraint(&self) -> Option<&Restraint> {
        self.restraint.as_ref()
    }

    /// Whether nothing is to be done for now.
    pub fn holds(&self) -> bool {
        self.restraint.as_ref().is_some_and(Restraint::holds)
    }

    /// A batch of so many blocks or rows took so long, and changed so many rows. Where few rows match
    /// it could be very large; it is no larger than it may be where the next ones all do.
    pub fn worked(&mut self, size: u64, rows: u64, took: Duration) {
        // One that was cut short by the end of its unit says little.
        #[expect(clippy::cast_precision_loss, reason = "it lies between 1 and a million")]
        let (done, took) = (size as f64, took.as_secs_f64().max(0.000_1));
        let target = self.tuning.batch().as_secs_f64();
        let fitting = done * target / took;
        if took > LONGEST_BATCH.as_secs_f64() {
            self.size = fitting.min(self.size * SHRINKING);
        } else if done >= self.size.floor() * 0.5 || fitting < self.size {
            self.size = fitting.clamp(self.size * SHRINKING, self.size * GROWTH);
        }
        if rows >= TELLING_ROWS {
            #[expect(clippy::cast_precision_loss, reason = "it lies between 1 and a million")]
            let row = took / rows as f64;
            self.row += WEIGHT * (row - self.row);
        }
        let largest = LONGEST_BATCH.as_secs_f64() / (self.row * self.density);
        self.size = self.size.min(largest).clamp(1.0, 1_000_000.0);
    }

    /// A batch failed for a lock that others hold, or for being too long.
    pub fn pressed(&mut self, restraint: Option<Restraint>, now: Duration) {
        self.size = (self.size * SHRINKING).max(1.0);
        if let Some(restraint) = restraint {
            self.give_way(restraint, now);
        }
    }

    fn give_way(&mut self, restraint: Restraint, now: Duration) {
        self.allowed = 1;
        let batch = self.tuning.batch();
        // Who waits for a lock is out of the way already.
        let is_out = restraint == Restraint::RowLocks;
        self.widen_gap();
        if is_out {
            self.gap = batch;
        }
        self.restraint = Some(restraint);
        self.pressed_at = now;
    }

    /// Takes in what was measured.
    pub fn measured(&mut self, measures: &Measures, now: Duration) {
        let passed = now.saturating_sub(self.measured_at);
        self.measured_at = now;
        match self.found(measures, now) {
            Some(restraint) if restraint.holds() => {
                if matches!(restraint, Restraint::ReplicaBacklog(_)) && !self.holds() {
                    self.widen_gap();
                }
                self.restraint = Some(restraint);
                self.pressed_at = now;
            }
            Some(Restraint::OldSnapshot(age, whose)) => {
                // Half the speed, no less: it may last.
                self.allowed = self.allowed.min(self.tuning.workers.div_ceil(2));
                self.restraint = Some(Restraint::OldSnapshot(age, whose));
                self.pressed_at = now;
            }
            Some(restraint) => self.give_way(restraint, now),
            None => self.recover(now, passed),
        }
    }

    fn widen_gap(&mut self) {
        let batch = self.tuning.batch();
        self.gap = (self.gap * 2).clamp(batch, batch.mul_f64(LONGEST_GAP));
    }

    fn recover(&mut self, now: Duration, passed: Duration) {
        if self.holds() {
            self.restraint = None;
            // What was held back comes back as one worker first.
            self.allowed = 1;
            self.pressed_at = now;
            return;
        }
        self.gap = self.gap.mul_f64(RELIEF.powf(passed.as_secs_f64()));
        if self.gap < Duration::from_millis(1) {
            self.gap = Duration::ZERO;
        }
        if now.saturating_sub(self.pressed_at) < QUIET {
            return;
        }
        self.restraint = None;
        if self.allowed < self.tuning.workers {
            self.allowed += 1;
            self.pressed_at = now;
        }
    }

    /// The strongest reason to hold back.
    fn found(&mut self, measures: &Measures, now: Duration) -> Option<Restraint> {
        let ease = if self.holds() { RELIEF } else { 1.0 };
        if measures.replayed.is_some() && !self.replica.was_seen() {
            // Nobody knows yet how much it can do.
            (self.allowed, self.gap) = (1, self.tuning.batch());
            self.pressed_at = now;
        }
        self.replica.see(measures.wal, measures.replayed, now);
        let (lag, backlog) = (self.replica.lag(now), self.replica.backlog());
        let most = self.tuning.max_lag().mul_f64(ease);
        if lag > most {
            return Some(Restraint::ReplicaLag(lag));
        }
        if backlog > most.mul_f64(AHEAD) {
            return Some(Restraint::ReplicaBacklog(backlog));
        }
        if let Some(count) = measures.unarchived {
            #[expect(clippy::cast_precision_loss, reason = "files are counted in thousands")]
            let (waiting, most) = (count as f64, self.tuning.max_archive as f64);
            if waiting > most * ease {
                return Some(Restraint::Archive(count));
            }
        }
        if measures.slot_share.is_some_and(|share| share > 0.8 * ease) {
            return Some(Restraint::Slot);
        }
        if measures.blocked > 0 {
            self.size = (self.size * SHRINKING).max(1.0);
            return Some(Restraint::Blocked(measures.blocked));
        }
        #[expect(clippy::cast_precision_loss, reason = "a latency has a few digits")]
        let most = self.tuning.max_latency_ms as f64;
        if let Some(latency) = measures.latency_ms.filter(|it| *it > most) {
            return Some(Restraint::Latency(latency));
        }
        let old = measures.oldest_snapshot.as_ref().filter(|(age, _)| *age > OLD_SNAPSHOT);
        old.map(|(age, whose)| Restraint::OldSnapshot(*age, whose.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn a_batch_comes_to_take_what_it_is_to_take() {
        let mut control = Control::new(Tuning::default(), 8.0, 20.0);
        // A block takes 3 ms: 25 blocks are a batch.
        for _ in 0..20 {
            let size = control.size();
            control.worked(size, 20 * size, Duration::from_millis(3 * size));
        }
        assert!((23..=25).contains(&control.size()), "{}", control.size());
        // All of a sudden it takes ten times as long.
        for _ in 0..4 {
            let size = control.size();
            control.worked(size, 20 * size, Duration::from_millis(30 * size));
        }
        assert!((2..=3).contains(&control.size()), "{}", control.size());
    }

    #[test]
    fn a_batch_is_no_larger_than_it_may_be_where_all_rows_match() {
        let mut control = Control::new(Tuning::default(), 8.0, 20.0);
        // A row takes 100 µs, and nothing else does: 125 blocks of 20 rows are the longest batch.
        for _ in 0..20 {
            control.worked(8, 160, Duration::from_millis(16));
        }
        for _ in 0..40 {
            let size = control.size();
            control.worked(size, 0, Duration::from_micros(10 * size));
        }
        assert!((120..=126).contains(&control.size()), "{}", control.size());
    }

    #[test]
    fn a_short_rest_of_a_unit_changes_little() {
        let mut control = Control::new(Tuning::default(), 40.0, 20.0);
        control.worked(2, 40, Duration::from_millis(2));
        assert_eq!(control.size(), 40);
    }

    #[test]
    fn a_replica_behind_holds_everything_until_it_has_caught_up() {
        let mut control =
            Control::new(Tuning { max_lag_ms: 2_000, ..Tuning::default() }, 8.0, 20.0);
        let at = |wal, replayed| Measures {
            wal: Some(wal),
            replayed: Some(replayed),
            ..Measures::default()
        };
        for second in 0..3 {
            control.measured(&at(1_000 * (second + 1), 500), seconds(second));
            assert!(!control.holds(), "{second}");
        }
        control.measured(&at(4_000, 500), seconds(3));
        assert_eq!(control.restraint(), Some(&Restraint::ReplicaLag(seconds(3))));
        assert!(control.holds());
        // What it replayed was written at second 1: two seconds behind is not yet enough.
        control.measured(&at(4_000, 2_000), seconds(4));
        assert!(control.holds());
        control.measured(&at(4_000, 4_000), seconds(5));
        assert!(!control.holds());
        assert_eq!(control.pace().0, 1);
        control.measured(&at(4_000, 4_000), seconds(11));
        assert_eq!(control.pace().0, 2);
    }

    #[test]
    fn slowness_of_the_application_halves_the_work_and_passes_slowly() {
        let mut control = Control::new(Tuning { workers: 4, ..Tuning::default() }, 64.0, 20.0);
        let slow = Measures { latency_ms: Some(90.0), ..Measures::default() };
        control.measured(&slow, seconds(1));
        let (workers, gap) = control.pace();
        assert_eq!((workers, gap), (1, Duration::from_millis(75)));
        control.measured(&slow, seconds(2));
        assert_eq!(control.pace().1, Duration::from_millis(150));
        control.measured(&Measures::default(), seconds(3));
        assert_eq!(control.pace(), (1, Duration::from_millis(105)));
        for second in 4..40 {
            control.measured(&Measures::default(), seconds(second));
        }
        assert_eq!(control.pace(), (4, Duration::ZERO));
        assert_eq!(control.restraint(), None);
    }

    #[test]
    fn no_batch_is_planned_beyond_the_longest() {
        let tuning = Tuning { batch_ms: 10_000, ..Tuning::default() };
        assert_eq!(tuning.batch(), LONGEST_BATCH);
    }
}
