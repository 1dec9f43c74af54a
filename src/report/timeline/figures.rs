//! What a reader is to see first: what ran, which locks it held how long, what waited for whom.

use std::time::Duration;

use super::escape::{counted, escaped, isolated, took};
use crate::engine::{LockLine, Outcome, StatementLine, StatementState, StepState, Timeline, Try};
use crate::sql::LockStrength;

/// A figure with its name and what it means.
struct Figure {
    name: &'static str,
    value: String,
    more: String,
}

/// The figures at the top of the page.
pub(super) fn figures(timeline: &Timeline) -> String {
    let figures = [steps(timeline), strongest(timeline), waits(timeline), rows(timeline)];
    let card = |it: Figure| {
        format!(
            "<li><span class=\"name\">{}</span> <strong>{}</strong> <span class=\"more\">{}</span></li>\n",
            it.name, it.value, it.more
        )
    };
    let cards: String = figures.into_iter().map(card).collect();
    format!("<ul class=\"figures\">\n{cards}</ul>\n")
}

/// What became of the run, in a few words.
pub(super) const fn outcome(timeline: &Timeline) -> (&'static str, &'static str) {
    match timeline.outcome {
        Outcome::Done if timeline.ok => ("done", "Done"),
        Outcome::NothingToDo if timeline.ok => ("done", "Nothing to do"),
        Outcome::Done | Outcome::NothingToDo | Outcome::Failed => ("failed", "Failed"),
        Outcome::Interrupted => ("failed", "Interrupted"),
        Outcome::Declined => ("failed", "Declined"),
    }
}

fn steps(timeline: &Timeline) -> Figure {
    let stands = |state| !matches!(state, StepState::Failed | StepState::NotReached);
    let done = timeline.steps.iter().filter(|it| stands(it.state)).count();
    let failed = timeline.steps.iter().find(|it| it.state == StepState::Failed);
    let more = match failed {
        Some(step) => format!("{} failed", isolated(&step.label())),
        None => format!("in {}", took(timeline.took)),
    };
    Figure { name: "Steps done", value: format!("{done} of {}", timeline.steps.len()), more }
}

fn strongest(timeline: &Timeline) -> Figure {
    let locks = timeline.steps.iter().flat_map(|it| &it.locks);
    let blocking = locks.filter(|it| blocks(it.mode) != Blocks::Little);
    let worst = blocking.max_by_key(|it| (it.mode == LockStrength::AccessExclusive, it.span.took));
    match worst {
        Some(LockLine { object, mode, span, .. }) => Figure {
            name: "Longest strong lock",
            value: took(span.took),
            more: format!("{mode} on {}", isolated(&object.to_string())),
        },
        None => Figure {
            name: "Longest strong lock",
            value: "none".to_owned(),
            more: "nothing that others use was kept from them".to_owned(),
        },
    }
}

/// Every try for locks that were not had.
pub(super) fn tries(timeline: &Timeline) -> impl Iterator<Item = &Try> {
    timeline.tries.iter().chain(timeline.steps.iter().flat_map(|it| &it.tries))
}

fn waits(timeline: &Timeline) -> Figure {
    let name = "Waited for locks";
    let count = tries(timeline).count() as u64;
    if count == 0 {
        return Figure {
            name,
            value: "no".to_owned(),
            more: "every lock was had at once".to_owned(),
        };
    }
    let waited: Duration = tries(timeline).map(|it| it.span.took + it.pause).sum();
    let blocker = tries(timeline).flat_map(|it| &it.blockers).next();
    let whom = blocker.map_or_else(String::new, |it| {
        let who = it.application.as_ref().or(it.user.as_ref());
        let who = who.map_or_else(String::new, |who| format!(" ({})", isolated(who)));
        format!(", held by pid {}{who}", it.pid)
    });
    Figure { name, value: took(waited), more: format!("{}{whom}", counted(count, "try", "tries")) }
}

fn rows(timeline: &Timeline) -> Figure {
    let steps = || timeline.steps.iter();
    let stand = |it: &&StatementLine| it.state == StatementState::Stands;
    let statements = steps().flat_map(|it| &it.statements).filter(stand).filter_map(|it| it.rows);
    let backfills = steps().flat_map(|it| &it.backfills).map(|it| it.rows);
    let count: u64 = statements.chain(backfills).sum();
    let saved: u64 = steps().flat_map(|it| &it.saved).map(|it| it.rows).sum();
    let more = match saved {
        0 => "by statements and backfills".to_owned(),
        saved => format!("{} saved first", escaped(&counted(saved, "row", "rows"))),
    };
    Figure { name: "Rows changed", value: crate::report::text::grouped(count), more }
}

/// What a lock keeps others from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blocks {
    /// Even from reading.
    All,
    /// From writing.
    Writes,
    /// From little an application does.
    Little,
}

/// What a lock keeps others from (documentation chapter "Explicit Locking", table 13.2).
pub(super) const fn blocks(mode: LockStrength) -> Blocks {
    match mode {
        LockStrength::AccessExclusive => Blocks::All,
        LockStrength::Share | LockStrength::ShareRowExclusive | LockStrength::Exclusive => {
            Blocks::Writes
        }
        LockStrength::AccessShare
        | LockStrength::RowShare
        | LockStrength::RowExclusive
        | LockStrength::ShareUpdateExclusive => Blocks::Little,
    }
}

impl Blocks {
    /// The words for people.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::All => "keeps others from reading and writing",
            Self::Writes => "keeps others from writing",
            Self::Little => "lets others read and write",
        }
    }

    /// The class of its bar.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::All => "lock-all",
            Self::Writes => "lock-writes",
            Self::Little => "lock-little",
        }
    }
}
