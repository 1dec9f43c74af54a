//! The time line itself: a row for each statement, wait and lock, with a bar on a common axis. Each
//! row says in words what its bar shows.

use std::time::Duration;

use super::escape::{counted, isolated, joined, took};
use super::figures::{blocks, tries};
use crate::engine::{StatementLine, StatementState, StepLine, StepState, Timeline, Try};
use crate::model::Blocker;

/// Of longer scripts only the statements that took longest have a row.
const MOST_ROWS: usize = 30;
/// Of more tries than these only the first and the last ones have a row.
const MOST_TRIES: usize = 6;

/// A bar: its class, from when, how long.
type Bar = (&'static str, Duration, Duration);

/// The chart and its legend.
pub(super) fn chart(timeline: &Timeline) -> String {
    let rows = rows(timeline);
    if rows.is_empty() {
        return String::new();
    }
    let axis = axis(timeline.took);
    format!(
        "<section aria-labelledby=\"line\">\n<h2 id=\"line\">Time line</h2>\n\
         <p class=\"axis\" aria-hidden=\"true\">{axis}</p>\n<ol class=\"chart\">\n{rows}</ol>\n{}</section>\n",
        legend(timeline)
    )
}

fn rows(timeline: &Timeline) -> String {
    let whole = timeline.took;
    let mut html = String::new();
    for wait in &timeline.runner_waits {
        let holder = wait.pid.map_or_else(String::new, |pid| format!(", pid {pid}"));
        let label = format!("waited for another runner{holder}");
        let span = wait.span;
        html +=
            &row("wait", &label, &took(span.took), &[("bar-wait", span.offset, span.took)], whole);
    }
    html += &try_rows(&timeline.tries, whole);
    for step in &timeline.steps {
        html += &step_rows(step, whole);
    }
    html
}

fn step_rows(step: &StepLine, whole: Duration) -> String {
    let Some(span) = step.span else { return String::new() };
    let word = state_word(step.state);
    let label = format!("{} <em>{word}</em>", isolated(&step.label()));
    let class = if step.state == StepState::Failed { "bar-failed" } else { "bar-step" };
    let mut html = row("step", &label, &took(span.took), &[(class, span.offset, span.took)], whole);
    html += &try_rows(&step.tries, whole);
    let shown = longest(&step.statements);
    for statement in &shown {
        html += &statement_row(statement, whole);
    }
    let timed = step.statements.iter().filter(|it| it.span.is_some()).count();
    if let Some(more @ 1..) = timed.checked_sub(shown.len()) {
        let count = counted(more as u64, "shorter statement is", "shorter statements are");
        html += &format!("<li class=\"rest\">{count} listed below</li>\n");
    }
    for backfill in &step.backfills {
        let mut bars = vec![("bar-ran", backfill.span.offset, backfill.span.took)];
        let held = backfill.held.iter();
        bars.extend(held.map(|it| ("bar-wait", it.span.offset, it.span.took)));
        let label = format!("backfill of {}", isolated(&backfill.table));
        html += &row("statement", &label, &took(backfill.span.took), &bars, whole);
    }
    for lock in &step.locks {
        let how = blocks(lock.mode);
        let label = format!("lock <b>{}</b> on {}", lock.mode, isolated(&lock.object.to_string()));
        let bar = (how.class(), lock.span.offset, lock.span.took);
        html += &row("lock", &label, &took(lock.span.took), &[bar], whole);
    }
    html
}

fn statement_row(statement: &StatementLine, whole: Duration) -> String {
    let Some(span) = statement.span else { return String::new() };
    let (class, word) = match statement.state {
        StatementState::Failed => ("bar-failed", " <em>failed</em>"),
        StatementState::Undone => ("bar-undone", " <em>rolled back</em>"),
        StatementState::Unknown => ("bar-undone", " <em>not known to stand</em>"),
        _ => ("bar-ran", ""),
    };
    let label = format!("{}. {}{word}", statement.number, isolated(&statement.summary));
    row("statement", &label, &took(span.took), &[(class, span.offset, span.took)], whole)
}

/// Tries that failed: all of them on one row when there are many.
fn try_rows(tries: &[Try], whole: Duration) -> String {
    let bars = |it: &Try| {
        [("bar-wait", it.span.offset, it.span.took), ("bar-pause", it.span.end(), it.pause)]
    };
    let row_of = |it: &Try| {
        let statement = it.statement.map_or_else(String::new, |it| format!(" in statement {it}"));
        let label = format!("lock not had{statement}{}", held_by(&it.blockers));
        let times = format!("{} and {} pause", took(it.span.took), took(it.pause));
        row("wait", &label, &times, &bars(it), whole)
    };
    if tries.len() <= MOST_TRIES {
        return tries.iter().map(row_of).collect();
    }
    let blockers: Vec<Blocker> = tries.iter().flat_map(|it| it.blockers.clone()).collect();
    let label = format!("lock not had {} times{}", tries.len(), held_by(&blockers));
    let waited: Duration = tries.iter().map(|it| it.span.took + it.pause).sum();
    let bars: Vec<Bar> = tries.iter().flat_map(bars).collect();
    row("wait", &label, &took(waited), &bars, whole)
}

/// `, held by pid 4711 (psql)`.
fn held_by(blockers: &[Blocker]) -> String {
    let Some(blocker) = blockers.first() else { return String::new() };
    let who = blocker.application.as_ref().or(blocker.user.as_ref());
    let who = who.map_or_else(String::new, |who| format!(" ({})", isolated(who)));
    let mut pids: Vec<i32> = blockers.iter().map(|it| it.pid).collect();
    pids.sort_unstable();
    pids.dedup();
    let others = match pids.len() {
        1 => String::new(),
        count => format!(" and {}", counted(count as u64 - 1, "other", "others")),
    };
    format!(", held by pid {}{who}{others}", blocker.pid)
}

/// The statements that ran, or those of them that took longest, in their order.
fn longest(statements: &[StatementLine]) -> Vec<&StatementLine> {
    let mut timed: Vec<&StatementLine> = statements.iter().filter(|it| it.span.is_some()).collect();
    timed.sort_by_key(|it| std::cmp::Reverse(it.span.map(|span| span.took)));
    timed.truncate(MOST_ROWS);
    timed.sort_by_key(|it| it.number);
    timed
}

fn row(class: &str, label: &str, time: &str, bars: &[Bar], whole: Duration) -> String {
    let bars = joined(bars, |(class, from, took)| {
        let (left, width) = (share(*from, whole), share(*took, whole));
        format!("<i class=\"{class}\" style=\"left:{left:.3}%;width:{width:.3}%\"></i>")
    });
    format!(
        "<li class=\"{class}\"><span class=\"label\">{label}</span> <span class=\"time\">{time}</span>\
         <span class=\"track\" aria-hidden=\"true\">{bars}</span></li>\n"
    )
}

/// A time as a share of the whole, in hundredths.
fn share(time: Duration, whole: Duration) -> f64 {
    (time.as_secs_f64() / whole.as_secs_f64().max(1e-6) * 100.0).clamp(0.0, 100.0)
}

/// Marks at round times, from three to seven of them.
fn axis(whole: Duration) -> String {
    let step = round_step(whole.as_secs_f64() / 5.0);
    let mut marks = String::new();
    let mut at = 0.0;
    while at < whole.as_secs_f64() * 0.97 {
        let time = Duration::from_secs_f64(at);
        let left = share(time, whole);
        let label = if at == 0.0 { "0".to_owned() } else { label(time) };
        marks += &format!("<span style=\"left:{left:.3}%\">{label}</span>");
        at += step;
    }
    marks
}

/// 1, 2 or 5 of a power of ten that is nearest above.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.max(1e-6).log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|it| it * power >= least);
    factor.unwrap_or(10.0) * power
}

fn label(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1_000.0;
    if milliseconds < 0.995 {
        format!("{milliseconds:.1} ms")
    } else if milliseconds < 999.5 {
        format!("{milliseconds:.0} ms")
    } else if time.as_secs() < 120 {
        let seconds = format!("{:.1}", time.as_secs_f64());
        format!("{} s", seconds.strip_suffix(".0").unwrap_or(&seconds))
    } else {
        format!("{:.0} min", time.as_secs_f64() / 60.0)
    }
}

/// What the bars mean; only those that are there.
fn legend(timeline: &Timeline) -> String {
    let steps = || timeline.steps.iter();
    let states = |state| steps().flat_map(|it| &it.statements).any(|it| it.state == state);
    let locks = |class| steps().flat_map(|it| &it.locks).any(|it| blocks(it.mode).class() == class);
    let held = steps().flat_map(|it| &it.backfills).any(|it| !it.held.is_empty());
    let waits = tries(timeline).next().is_some();
    let entries = [
        ("bar-step", "whole step", steps().any(|it| it.span.is_some())),
        ("bar-ran", "statement", states(StatementState::Stands)),
        ("bar-undone", "ran and was rolled back", states(StatementState::Undone)),
        ("bar-failed", "failed", timeline.error.is_some()),
        ("bar-wait", "waited", waits || held || !timeline.runner_waits.is_empty()),
        ("bar-pause", "pause before the next try", waits),
        ("lock-all", "lock that keeps others from reading and writing", locks("lock-all")),
        ("lock-writes", "lock that keeps others from writing", locks("lock-writes")),
        ("lock-little", "lock that lets others read and write", locks("lock-little")),
    ];
    let shown = entries.into_iter().filter(|it| it.2);
    let items = joined(shown, |(class, words, _)| {
        format!("<li><i class=\"{class}\" aria-hidden=\"true\"></i>{words}</li>")
    });
    format!("<ul class=\"legend\">{items}</ul>\n")
}

/// The word for what became of a step.
pub(super) const fn state_word(state: StepState) -> &'static str {
    match state {
        StepState::Applied => "applied",
        StepState::Adopted => "adopted",
        StepState::RolledBack => "rolled back",
        StepState::Released => "released",
        StepState::Failed => "failed",
        StepState::NotReached => "not reached",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_has_round_marks() {
        let marks =
            |milliseconds| axis(Duration::from_millis(milliseconds)).matches("left:").count();
        for milliseconds in [1, 7, 80, 950, 3_000, 59_000, 4_000_000] {
            assert!(
                (3..=7).contains(&marks(milliseconds)),
                "{milliseconds}: {}",
                marks(milliseconds)
            );
        }
        assert!(axis(Duration::from_secs(10)).contains(">2 s<"));
    }
}
