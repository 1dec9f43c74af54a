//! A backfill as it went.

use std::mem::discriminant;
use std::time::Duration;

use super::moment::{Beginning, milliseconds};
use super::{BackfillLine, Held, Sample};
use crate::engine::{BackfillDone, BackfillProgress, Restraint};

/// So many samples are kept of a long one: every second of them goes when there are more.
const MOST_SAMPLES: usize = 240;

/// A backfill under way.
pub(super) struct OpenBackfill {
    table: String,
    began: Duration,
    rows: u64,
    samples: Vec<Sample>,
    /// Every how many of what is told is kept, and how many were told.
    every: usize,
    told: usize,
    held: Vec<Holding>,
}

/// What holds it back, while it does.
struct Holding {
    restraint: Restraint,
    from: Duration,
    until: Option<Duration>,
}

impl OpenBackfill {
    /// It begins with what is first told of it.
    pub(super) fn new(progress: &BackfillProgress<'_>, now: Duration) -> Self {
        let mut open = Self {
            table: progress.table.to_owned(),
            began: now.saturating_sub(progress.elapsed),
            rows: 0,
            samples: Vec::new(),
            every: 1,
            told: 0,
            held: Vec::new(),
        };
        open.tell(progress, now);
        open
    }

    pub(super) fn is_of(&self, table: &str) -> bool {
        self.table == table
    }

    /// How it is going.
    pub(super) fn tell(&mut self, progress: &BackfillProgress<'_>, now: Duration) {
        self.rows = progress.rows;
        if self.told.is_multiple_of(self.every) {
            self.samples.push(Sample {
                offset: now,
                rows: progress.rows,
                workers: progress.workers,
                batch: progress.batch,
            });
        }
        self.told += 1;
        if self.samples.len() > MOST_SAMPLES {
            let mut place = 0;
            self.samples.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            self.every *= 2;
        }
        self.hold(progress.restraint, now);
    }

    fn hold(&mut self, restraint: Option<&Restraint>, now: Duration) {
        let open = self.held.last_mut().filter(|it| it.until.is_none());
        match (open, restraint) {
            (Some(open), Some(restraint))
                if discriminant(&open.restraint) == discriminant(restraint) =>
            {
                open.restraint = restraint.clone();
            }
            (open, restraint) => {
                if let Some(open) = open {
                    open.until = Some(now);
                }
                let begins = restraint.map(|restraint| Holding {
                    restraint: restraint.clone(),
                    from: now,
                    until: None,
                });
                self.held.extend(begins);
            }
        }
    }

    pub(super) fn close(self, beginning: &Beginning, now: Duration) -> BackfillLine {
        let held = self.held.into_iter().map(|it| Held {
            span: beginning.span(it.from, it.until.unwrap_or(now)),
            reason: it.restraint.to_string(),
            stopped: it.restraint.holds(),
        });
        BackfillLine {
            table: self.table,
            span: beginning.span(self.began, now),
            rows: self.rows,
            batches: None,
            retries: None,
            longest_ms: None,
            samples: self.samples,
            held: held.collect(),
        }
    }
}

/// Adds what is known at its end.
pub(super) fn complete(line: &mut BackfillLine, done: &BackfillDone) {
    line.rows = done.rows;
    line.batches = Some(done.batches);
    line.retries = Some(done.retries);
    line.longest_ms = Some(milliseconds(done.longest));
}
