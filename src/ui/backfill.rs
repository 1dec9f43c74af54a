//! A backfill on the terminal: a bar of its own, or a line now and then where there is none.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::engine::{BackfillProgress, Restraint};
use crate::report::{duration, grouped};

const REDRAW: Duration = Duration::from_millis(100);
/// How often a line tells of it where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// What is over before is told by the report.
const FIRST_LINE: Duration = Duration::from_secs(1);
/// What the bar's length is cut into.
const STEPS: u64 = 1_000;
/// Before so much is done, how many rows there are is what the table's statistics say.
const TELLING_SHARE: f64 = 0.05;

/// Shows a backfill below the bar of the steps.
pub(super) struct BackfillBar {
    bars: MultiProgress,
    bar: Option<ProgressBar>,
    /// When the next line is due, by the backfill's own clock.
    line_due: Option<Duration>,
    /// When one is due at once if nothing can be done.
    held_due: Option<Duration>,
}

impl BackfillBar {
    /// Nothing is shown yet.
    pub fn new(bars: MultiProgress) -> Self {
        Self { bars, bar: None, line_due: None, held_due: None }
    }

    /// Shows how it is going. Where there is no terminal, what it returns is to be said.
    pub fn show(&mut self, progress: &BackfillProgress<'_>) -> Option<String> {
        if self.bars.is_hidden() {
            return self.line(progress);
        }
        let bar = self.bar.get_or_insert_with(|| {
            let bar = self.bars.add(ProgressBar::new(STEPS));
            bar.enable_steady_tick(REDRAW);
            bar
        });
        bar.set_style(style(progress.share.is_some()));
        bar.set_position(steps(progress.share.unwrap_or_default()));
        bar.set_prefix(format!("{}: {}", progress.table, pace(progress)));
        bar.set_message(manner(progress));
        None
    }

    /// Removes it; the next backfill begins anew.
    pub fn hide(&mut self) {
        (self.line_due, self.held_due) = (None, None);
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
            self.bars.remove(&bar);
        }
    }

    fn line(&mut self, progress: &BackfillProgress<'_>) -> Option<String> {
        let is_due = |due: Duration| progress.elapsed >= due;
        let holds = progress.restraint.is_some_and(Restraint::holds);
        let held_due = self.held_due.unwrap_or_default();
        if !(is_due(self.line_due.unwrap_or(FIRST_LINE)) || holds && is_due(held_due)) {
            return None;
        }
        let next = Some(progress.elapsed + LINE_EVERY);
        self.line_due = next;
        if holds {
            self.held_due = next;
        }
        Some(format!("backfill of {}: {}, {}", progress.table, pace(progress), manner(progress)))
    }
}

fn style(has_share: bool) -> ProgressStyle {
    let bar = if has_share { "{bar:24}" } else { "{spinner}" };
    ProgressStyle::with_template(&format!("{bar} {{prefix}}\n  {{wide_msg}}"))
        .expect("the template's placeholders are indicatif's")
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share lies between 0 and 1"
)]
fn steps(share: f64) -> u64 {
    (share * STEPS as f64) as u64
}

/// `1,200,000 of about 5,000,000 rows (24 %), 61,000 rows/s, 62 s left`.
fn pace(progress: &BackfillProgress<'_>) -> String {
    let rows = grouped(progress.rows);
    let mut text = match expected(progress) {
        Some(expected) => format!("{rows} of about {} rows", grouped(expected)),
        None => format!("{rows} rows"),
    };
    if let Some(share) = progress.share.filter(|_| !progress.sweeping) {
        text += &format!(" ({:.0} %)", (share * 100.0).floor());
    }
    if progress.elapsed >= Duration::from_secs(1) {
        text += &format!(", {} rows/s", grouped(whole(progress.rate)));
    }
    if let Some(left) = progress.left {
        text += &match left.as_secs() {
            seconds @ ..120 => format!(", {seconds} s left"),
            _ => format!(", {} left", duration(left)),
        };
    }
    text
}

/// How many rows there are to change about: what is done tells more than the table's size, as not
/// every row may match.
fn expected(progress: &BackfillProgress<'_>) -> Option<u64> {
    if progress.sweeping {
        return None;
    }
    match progress.share {
        Some(share) if share >= TELLING_SHARE => {
            #[expect(clippy::cast_precision_loss, reason = "it is shown with three digits")]
            let expected = progress.rows as f64 / share;
            Some(rounded(whole(expected)).max(progress.rows))
        }
        _ => progress.expected,
    }
}

/// Three digits: more would be made up.
fn rounded(count: u64) -> u64 {
    let mut unit = 1;
    while count / unit >= 1_000 {
        unit *= 10;
    }
    (count + unit / 2) / unit * unit
}

/// `2 workers, 40 blocks a batch; waits for a replica that is 3.2 s behind`.
fn manner(progress: &BackfillProgress<'_>) -> String {
    let of = if progress.batch_is_rows { "row" } else { "block" };
    let many = |count: u64, one: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{} {one}s", grouped(count)),
    };
    let mut text = format!(
        "{}, {} a batch",
        many(progress.workers as u64, "worker"),
        many(progress.batch, of)
    );
    if progress.sweeping {
        "looks for rows that are left".clone_into(&mut text);
    }
    if let Some(restraint) = progress.restraint {
        text += &format!("; {restraint}");
    }
    text
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rows are neither negative nor beyond 64 bits"
)]
fn whole(count: f64) -> u64 {
    count.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Restraint;

    const LAG: Restraint = Restraint::ReplicaLag(Duration::from_millis(3_200));

    fn progress() -> BackfillProgress<'static> {
        BackfillProgress {
            table: "t",
            rows: 1_200_000,
            expected: Some(10_000_000),
            rate: 61_000.4,
            left: Some(Duration::from_secs(62)),
            share: Some(0.24),
            workers: 2,
            batch: 40,
            batch_is_rows: false,
            sweeping: false,
            restraint: Some(&LAG),
            elapsed: Duration::from_secs(20),
        }
    }

    fn hidden() -> BackfillBar {
        BackfillBar::new(MultiProgress::with_draw_target(indicatif::ProgressDrawTarget::hidden()))
    }

    #[test]
    fn a_line_tells_all_there_is_to_tell() {
        assert_eq!(
            hidden().show(&progress()).as_deref(),
            Some(
                "backfill of t: 1,200,000 of about 5,000,000 rows (24 %), 61,000 rows/s, 62 s \
                 left, 2 workers, 40 blocks a batch; waits for a replica that is 3.2 s behind"
            )
        );
        let begins = BackfillProgress {
            rows: 0,
            left: None,
            share: None,
            expected: None,
            workers: 1,
            batch: 500,
            batch_is_rows: true,
            restraint: None,
            elapsed: Duration::ZERO,
            ..progress()
        };
        assert_eq!(hidden().show(&begins), None);
        let held = BackfillProgress { restraint: Some(&LAG), ..begins };
        assert_eq!(
            hidden().show(&held).as_deref(),
            Some(
                "backfill of t: 0 rows, 1 worker, 500 rows a batch; waits for a replica that is \
                 3.2 s behind"
            )
        );
    }

    #[test]
    fn there_is_a_line_at_the_beginning_and_every_ten_seconds() {
        let mut bar = hidden();
        let mut lines = 0;
        for tenth in 0..350 {
            let elapsed = Duration::from_millis(tenth * 100);
            lines += i32::from(bar.show(&BackfillProgress { elapsed, ..progress() }).is_some());
        }
        assert_eq!(lines, 4);
    }

    #[test]
    fn what_is_not_known_is_rounded() {
        assert_eq!([7, 1_234, 4_999_960].map(rounded), [7, 1_230, 5_000_000]);
    }
}
