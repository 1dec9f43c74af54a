//! What the engine tells while it works.

use std::time::Duration;

use super::backfill::BackfillProgress;
use super::outcome::StepDone;
use crate::database::{LockHolder, Notice, Ongoing};
use crate::model::Blocker;
use crate::plan::Step;

/// Something that happened.
#[derive(Debug)]
pub enum Progress<'a> {
    /// Another runner has the lock.
    WaitingForRunner {
        /// Who has it.
        holder: &'a LockHolder,
        /// How long this one will wait.
        patience: Duration,
    },
    /// A step begins.
    StepStarted {
        /// Its place among the steps, from 0.
        index: usize,
        /// How many there are.
        total: usize,
        /// The step.
        step: &'a Step,
    },
    /// A statement of a step without a transaction begins.
    StatementStarted {
        /// Its place in the script, from 0.
        index: usize,
        /// How many there are.
        total: usize,
        /// What it is.
        summary: &'a str,
    },
    /// A statement that works beside others for long is going on.
    Ongoing {
        /// What it is.
        summary: &'a str,
        /// How far it is, and whom it waits for.
        ongoing: &'a Ongoing,
    },
    /// A lock on an object was not obtained; the transaction is tried again.
    LockRetry {
        /// The server's message.
        message: &'a str,
        /// The pause before the next try.
        pause: Duration,
        /// Who held it, as far as that was seen.
        blockers: &'a [Blocker],
    },
    /// A step is done.
    StepFinished {
        /// Its place among the steps, from 0.
        index: usize,
        /// How many there are.
        total: usize,
        /// What was done.
        done: &'a StepDone,
    },
    /// Tables are copied before a script changes them.
    Saving {
        /// The table at hand.
        table: &'a str,
        /// How many bytes of the tables are done.
        done: u64,
        /// How many they have.
        total: u64,
    },
    /// A backfill is going on.
    Backfill(BackfillProgress<'a>),
    /// A behaviour check begins.
    CheckStarted {
        /// What it holds.
        name: &'a str,
    },
    /// Rows were deleted.
    Deleted {
        /// From this table.
        table: &'a str,
        /// So many by now.
        rows: u64,
    },
    /// The server said something.
    Notice(&'a Notice),
    /// Something the operator should know.
    Remark(String),
}

/// Hears what the engine tells.
pub trait Observer {
    /// Called for each thing that happens, in order.
    fn notice(&mut self, progress: Progress<'_>);

    /// Whether sessions that hold a lock beyond the time it is tried for may be ended.
    fn may_end(&mut self, _blockers: &[&Blocker]) -> bool {
        false
    }
}

/// Hears nothing.
#[derive(Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn notice(&mut self, _progress: Progress<'_>) {}
}

/// Passes on how far the work is, and nothing that is said of it: on a scratch database nobody needs
/// to know.
pub(super) struct WithoutRemarks<'a>(pub &'a mut dyn Observer);

impl Observer for WithoutRemarks<'_> {
    fn notice(&mut self, progress: Progress<'_>) {
        let told = matches!(
            progress,
            Progress::Remark(_)
                | Progress::Notice(_)
                | Progress::Backfill(_)
                | Progress::Ongoing { .. }
        );
        if !told {
            self.0.notice(progress);
        }
    }
}
