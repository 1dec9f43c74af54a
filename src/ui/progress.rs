//! Progress on the terminal: a bar over the migrations that vanishes when they are done.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::backfill::BackfillBar;
use super::ongoing::OngoingBar;
use super::printer::{Printer, Verbosity};
use super::prompt::{Answer, ask_yes_no};
use crate::database::Interrupt;
use crate::engine::{BackfillProgress, Observer, Progress};
use crate::model::Blocker;

const REDRAW: Duration = Duration::from_millis(100);

/// Shows what the engine tells. Without a terminal, or with `--quiet`, there is no bar.
pub struct ProgressBars {
    bar: ProgressBar,
    printer: Printer,
    /// The step at work.
    step: String,
    /// Since when tables are copied, while they are.
    saving_since: Option<Instant>,
    /// Below the bar, while there is a backfill.
    backfill: BackfillBar,
    /// There as well, while a statement works beside others.
    ongoing: OngoingBar,
    /// The processes that were named already because they hold a lock.
    told_blockers: HashSet<i32>,
    ending: Ending,
}

/// Whether sessions that hold a lock for too long are ended.
#[derive(Clone, Default)]
pub enum Ending {
    /// They are not.
    #[default]
    Never,
    /// The operator is asked, until a stop is asked for.
    Ask(Interrupt),
    /// They are.
    Always,
}

impl ProgressBars {
    /// A bar that is not drawn before the first step begins.
    pub fn new(printer: Printer) -> Self {
        let target = if printer.verbosity() == Verbosity::Quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bars = MultiProgress::with_draw_target(target);
        let bar = bars.add(ProgressBar::new(0).with_style(style()));
        let (backfill, ongoing) = (BackfillBar::new(bars.clone()), OngoingBar::new(bars));
        let (step, told_blockers) = (String::new(), HashSet::new());
        Self {
            bar,
            printer,
            step,
            saving_since: None,
            backfill,
            ongoing,
            told_blockers,
            ending: Ending::Never,
        }
    }

    /// The same, where sessions that hold a lock for too long may be ended.
    #[must_use]
    pub fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }

    /// Removes the bar.
    pub fn finish(&mut self) {
        self.backfill.hide();
        self.ongoing.hide();
        self.bar.finish_and_clear();
    }

    fn show_saving(&mut self, table: &str, done: u64, total: u64) {
        let began = *self.saving_since.get_or_insert_with(Instant::now);
        let pace = pace(done, total, began.elapsed());
        self.bar.set_message(format!("saving {table}: {pace}"));
        if done >= total {
            // What follows is the script itself.
            self.saving_since = None;
            self.bar.set_message(self.step.clone());
        }
    }

    fn show_backfill(&mut self, progress: &BackfillProgress<'_>) {
        if let Some(line) = self.backfill.show(progress) {
            self.say(&line);
        }
    }

    fn say(&self, text: &str) {
        self.bar.suspend(|| self.printer.note(text));
    }
}

/// `12.3 MiB of 1.2 GiB, 85.0 MiB/s, 14 s left`.
fn pace(done: u64, total: u64, elapsed: Duration) -> String {
    let of = format!("{} of {}", HumanBytes(done), HumanBytes(total));
    let seconds = elapsed.as_secs_f64();
    if done == 0 || done >= total || seconds < 1.0 {
        return of;
    }
    #[expect(clippy::cast_precision_loss, reason = "it is shown with three digits")]
    let (rate, left) = (done as f64 / seconds, (total - done) as f64);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bytes a second are neither negative nor beyond 64 bits"
    )]
    let shown = HumanBytes(rate as u64);
    format!("{of}, {shown}/s, {:.0} s left", left / rate)
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:24} {pos}/{len}  {elapsed}  {wide_msg}")
        .expect("the template's placeholders are indicatif's")
}

impl Drop for ProgressBars {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Observer for ProgressBars {
    fn may_end(&mut self, blockers: &[&Blocker]) -> bool {
        match &self.ending {
            Ending::Never => false,
            Ending::Always => true,
            Ending::Ask(interrupt) => {
                let interrupt = interrupt.clone();
                for blocker in blockers {
                    self.say(&format!("the lock is held by {blocker}"));
                }
                let question = match blockers {
                    [one] => format!("End pid {}? Its transaction is rolled back.", one.pid),
                    _ => "End them? Their transactions are rolled back.".to_owned(),
                };
                self.bar.suspend(|| ask_yes_no(&question, &interrupt)) == Answer::Yes
            }
        }
    }

    fn notice(&mut self, progress: Progress<'_>) {
        match progress {
            Progress::WaitingForRunner { holder, patience } => {
                let who = holder.pid.map_or_else(String::new, |pid| format!(" (pid {pid})"));
                self.say(&format!(
                    "another runner is at work{who}; waiting up to {} s for it",
                    patience.as_secs()
                ));
            }
            Progress::StepStarted { index, total, step } => {
                self.bar.set_length(total as u64);
                self.bar.set_position(index as u64);
                self.step = step.label();
                self.bar.set_message(self.step.clone());
                // Each call starts a thread anew.
                if index == 0 {
                    self.bar.enable_steady_tick(REDRAW);
                }
            }
            Progress::StatementStarted { index, total, summary } => {
                self.backfill.hide();
                self.ongoing.hide();
                self.bar.set_message(format!("{}/{total} {summary}", index + 1));
            }
            Progress::Ongoing { summary, ongoing } => {
                for line in self.ongoing.show(summary, ongoing) {
                    self.say(&line);
                }
            }
            Progress::LockRetry { message, pause, blockers } => {
                self.say(&format!("{message}; trying again in {} ms", pause.as_millis()));
                for blocker in blockers {
                    if self.told_blockers.insert(blocker.pid) {
                        self.say(&format!("the lock is held by {blocker}"));
                    }
                }
            }
            Progress::StepFinished { index, .. } => {
                self.backfill.hide();
                self.ongoing.hide();
                self.bar.set_position(index as u64 + 1);
            }
            Progress::Notice(notice) => {
                // "relation already exists, skipping" and its like are for those who ask.
                if notice.severity == "WARNING" || self.printer.verbosity() == Verbosity::Verbose {
                    self.say(&format!("{}: {}", notice.severity, notice.message));
                }
            }
            Progress::Saving { table, done, total } => self.show_saving(table, done, total),
            Progress::Backfill(backfill) => self.show_backfill(&backfill),
            Progress::CheckStarted { name } => {
                self.bar.set_message(name.to_owned());
                self.bar.enable_steady_tick(REDRAW);
            }
            Progress::Deleted { table, rows } => {
                self.bar.set_message(format!("{table}: {rows} rows deleted"));
                self.bar.enable_steady_tick(REDRAW);
            }
            Progress::Remark(remark) => self.say(&remark),
        }
    }
}
