//! How far the slowest replica is behind, and how long it needs for what it has not replayed: pure,
//! so that it can be tested by figures.

use std::collections::VecDeque;
use std::time::Duration;

/// What a new figure weighs against those before.
const WEIGHT: f64 = 0.5;
/// The longest that is told of what takes for ever.
const FOR_EVER: Duration = Duration::from_hours(1);

/// What was seen of it, on the run's own clock.
#[derive(Debug, Clone, Default)]
pub(super) struct Follower {
    /// Where the write-ahead log ended when, as far as it is not replayed.
    log: VecDeque<(Duration, u64)>,
    /// When it was last looked, where the log ended, and how far it was replayed.
    seen: Option<(Duration, u64, u64)>,
    /// How many bytes a second it replays when it has as much to do as it can.
    pace: Option<f64>,
}

impl Follower {
    /// Takes in where the log ends and how far it is replayed, in bytes. There may be no replica.
    pub fn see(&mut self, end: Option<u64>, replayed: Option<u64>, now: Duration) {
        let (Some(end), Some(replayed)) = (end, replayed) else {
            *self = Self::default();
            return;
        };
        if self.log.back().is_none_or(|(_, last)| *last < end) {
            self.log.push_back((now, end));
        }
        while self.log.front().is_some_and(|(_, at)| *at <= replayed) {
            self.log.pop_front();
        }
        if let Some((then, end_then, replayed_then)) = self.seen
            && let Some(passed) = now.checked_sub(then).filter(|it| !it.is_zero())
        {
            #[expect(clippy::cast_precision_loss, reason = "an estimate needs a few digits")]
            let bytes = replayed.saturating_sub(replayed_then) as f64;
            let rate = bytes / passed.as_secs_f64();
            // What it had to do then would have kept it busy until now.
            let was_busy = replayed < end_then;
            self.pace = match self.pace {
                Some(pace) if was_busy => Some(pace + WEIGHT * (rate - pace)),
                Some(pace) => Some(pace.max(rate)),
                // One that has just begun may be about to.
                None => Some(rate).filter(|rate| was_busy && *rate > 0.0),
            };
        }
        self.seen = Some((now, end, replayed));
    }

    /// Whether there is one that was looked at.
    pub const fn was_seen(&self) -> bool {
        self.seen.is_some()
    }

    /// How long ago the log ended where the replica has come to: what one that is silent does not
    /// tell by itself.
    pub fn lag(&self, now: Duration) -> Duration {
        self.log.front().map_or(Duration::ZERO, |(then, _)| now.saturating_sub(*then))
    }

    /// How long it needs for what it has not replayed; nothing before it had too much to do.
    pub fn backlog(&self) -> Duration {
        let (Some(pace), Some((_, end, replayed))) = (self.pace, self.seen) else {
            return Duration::ZERO;
        };
        #[expect(clippy::cast_precision_loss, reason = "an estimate needs a few digits")]
        let seconds = end.saturating_sub(replayed) as f64 / pace.max(1.0);
        Duration::try_from_secs_f64(seconds).unwrap_or(FOR_EVER).min(FOR_EVER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1_000_000;

    const fn tenths(count: u64) -> Duration {
        Duration::from_millis(100 * count)
    }

    fn seen(figures: &[(u64, u64, u64)]) -> Follower {
        let mut follower = Follower::default();
        for (at, end, replayed) in figures {
            follower.see(Some(*end), Some(*replayed), tenths(*at));
        }
        follower
    }

    #[test]
    fn the_lag_is_the_age_of_what_is_not_replayed() {
        let follower = seen(&[(0, 10, 10), (10, 20, 10), (20, 30, 10), (30, 30, 20)]);
        assert_eq!(follower.lag(tenths(30)), tenths(10));
        assert_eq!(seen(&[(0, 10, 10), (10, 20, 20)]).lag(tenths(90)), Duration::ZERO);
    }

    #[test]
    fn what_is_left_is_told_by_what_it_did_while_it_was_busy() {
        // 1 MB in a tenth of a second, and 30 MB to do.
        let follower = seen(&[(0, 0, 0), (1, 20 * MB, 0), (2, 31 * MB, MB)]);
        assert_eq!(follower.backlog(), tenths(30));
        // Nobody knows how fast it is while it has little to do.
        assert_eq!(seen(&[(0, 5, 0), (10, 10, 5), (20, 15, 10)]).backlog(), Duration::ZERO);
    }

    #[test]
    fn a_quiet_time_does_not_make_it_slow() {
        let mut follower = seen(&[(0, 20 * MB, 0), (1, 20 * MB, 10 * MB), (2, 20 * MB, 20 * MB)]);
        for at in 3..100 {
            follower.see(Some(20 * MB + at), Some(20 * MB + at - 1), tenths(at));
        }
        follower.see(Some(30 * MB), Some(20 * MB + 100), tenths(100));
        assert!(follower.backlog() <= tenths(1), "{:?}", follower.backlog());
    }

    #[test]
    fn one_that_stands_still_takes_for_ever() {
        let mut figures = vec![(0, 0, 0), (1, 20 * MB, 0), (2, 20 * MB, MB)];
        figures.extend((3..60).map(|at| (at, 20 * MB, MB)));
        assert_eq!(seen(&figures).backlog(), FOR_EVER);
    }
}
