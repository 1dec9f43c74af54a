//! A statement that works beside others for long, on the terminal: a bar of its own, or a line now
//! and then where there is none.

use std::collections::HashSet;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::database::{Ongoing, Share};
use crate::report::grouped;

const REDRAW: Duration = Duration::from_millis(100);
/// How often a line tells of it where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Shows such a statement below the bar of the steps.
pub(super) struct OngoingBar {
    bars: MultiProgress,
    bar: Option<ProgressBar>,
    /// The statement that is shown.
    summary: String,
    /// When the next line is due, by the statement's own clock.
    line_due: Duration,
    /// The processes that were named because it waits for them.
    named: HashSet<i32>,
}

impl OngoingBar {
    /// Nothing is shown yet.
    pub fn new(bars: MultiProgress) -> Self {
        Self {
            bars,
            bar: None,
            summary: String::new(),
            line_due: Duration::ZERO,
            named: HashSet::new(),
        }
    }

    /// Shows how it is going. What it returns is to be said: whom it waits for, once each, and how it
    /// is going where there is no terminal.
    pub fn show(&mut self, summary: &str, ongoing: &Ongoing) -> Vec<String> {
        if self.summary != summary {
            self.hide();
            summary.clone_into(&mut self.summary);
        }
        let mut said = Vec::new();
        for blocker in &ongoing.waits_for {
            if self.named.insert(blocker.pid) {
                said.push(format!("{summary} waits for {blocker}"));
                said.push(format!("to end it, where it may be ended: {}", blocker.ending()));
            }
        }
        if self.bars.is_hidden() {
            if ongoing.elapsed >= self.line_due {
                self.line_due = ongoing.elapsed + LINE_EVERY;
                said.push(format!("{summary}: {}", how_far(ongoing)));
            }
            return said;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let bar = self.bars.add(ProgressBar::new(1));
            bar.enable_steady_tick(REDRAW);
            bar
        });
        let (done, total) = ongoing.share.map_or((0, 1), |share| (share.done, share.total));
        bar.set_style(style(ongoing.share.is_some()));
        bar.set_length(total);
        bar.set_position(done);
        bar.set_message(how_far(ongoing));
        said
    }

    /// Removes it; the next statement begins anew.
    pub fn hide(&mut self) {
        self.line_due = Duration::ZERO;
        self.named.clear();
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
            self.bars.remove(&bar);
        }
    }
}

fn style(has_share: bool) -> ProgressStyle {
    let bar = if has_share { "{bar:24}" } else { "{spinner}" };
    ProgressStyle::with_template(&format!("{bar} {{wide_msg}}"))
        .expect("the template's placeholders are indicatif's")
}

/// `building index: scanning table, 1,234 of 8,850 blocks (13 %), 12 s`.
fn how_far(ongoing: &Ongoing) -> String {
    let waits = if ongoing.waits_for.is_empty() { "at work" } else { "waiting for a lock" };
    let mut text = ongoing.phase.clone().unwrap_or_else(|| waits.to_owned());
    if let Some(Share { done, total, unit }) = ongoing.share {
        let plural = if total == 1 { "" } else { "s" };
        text += &format!(", {} of {} {unit}{plural}", grouped(done), grouped(total));
        if unit != "session" {
            text += &format!(" ({} %)", done.min(total) * 100 / total.max(1));
        }
    }
    text + &format!(", {} s", ongoing.elapsed.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Blocker;

    fn hidden() -> OngoingBar {
        OngoingBar::new(MultiProgress::with_draw_target(indicatif::ProgressDrawTarget::hidden()))
    }

    fn ongoing(seconds: u64) -> Ongoing {
        Ongoing {
            elapsed: Duration::from_secs(seconds),
            phase: Some("building index: scanning table".to_owned()),
            share: Some(Share { done: 1_234, total: 8_850, unit: "block" }),
            waits_for: Vec::new(),
        }
    }

    #[test]
    fn there_is_a_line_every_ten_seconds() {
        let mut bar = hidden();
        let said: Vec<String> =
            (1..32).flat_map(|second| bar.show("CREATE INDEX i", &ongoing(second))).collect();
        let line = |seconds| {
            format!(
                "CREATE INDEX i: building index: scanning table, 1,234 of 8,850 blocks (13 %), \
                 {seconds} s"
            )
        };
        assert_eq!(said, [line(1), line(11), line(21), line(31)]);
    }

    #[test]
    fn whom_it_waits_for_is_named_once() {
        let mut bar = hidden();
        let blocker = Blocker {
            pid: 4711,
            user: Some("ada".to_owned()),
            application: Some("psql".to_owned()),
            client: None,
            state: Some("idle in transaction".to_owned()),
            seconds: Some(35),
            holds: None,
            query: None,
            began: None,
        };
        let waiting = |seconds| Ongoing {
            phase: Some("waiting for writers before build".to_owned()),
            share: Some(Share { done: 0, total: 1, unit: "session" }),
            waits_for: vec![blocker.clone()],
            ..ongoing(seconds)
        };
        assert_eq!(
            bar.show("CREATE INDEX i", &waiting(1)),
            [
                "CREATE INDEX i waits for pid 4711 (psql, role ada), idle in transaction for 35 s",
                "to end it, where it may be ended: SELECT pg_terminate_backend(4711);",
                "CREATE INDEX i: waiting for writers before build, 0 of 1 session, 1 s",
            ]
        );
        assert!(bar.show("CREATE INDEX i", &waiting(2)).is_empty());
        bar.hide();
        assert_eq!(bar.show("CREATE INDEX i", &waiting(1)).len(), 3);
    }
}
