//! What a step puts on record.

use std::time::Duration;

use crate::database::HistoryChange;
use crate::model::{Event, EventKind};
use crate::plan::{Action, Direction, Step};

pub(super) fn event_of(step: &Step, duration: Option<Duration>) -> Event<'_> {
    Event {
        kind: match (&step.action, step.direction) {
            (_, Direction::Back) => EventKind::RolledBack,
            (Action::Adopt { .. }, Direction::Forward) => EventKind::Adopted,
            (_, Direction::Forward) => EventKind::Applied,
        },
        version: step.version,
        name: &step.name,
        script: &step.script.stored,
        rollback: &step.rollback.stored,
        duration_ms: duration.map(milliseconds),
        failure: None,
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

pub(super) fn history_of(step: &Step) -> HistoryChange<'_> {
    match step.direction {
        Direction::Forward => HistoryChange::Insert {
            version: step.version,
            name: &step.name,
            script: &step.script.stored,
        },
        Direction::Back => HistoryChange::Delete(step.version),
    }
}
