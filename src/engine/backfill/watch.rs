//! Looking at the server, and at what operators want, while a backfill works.

use std::time::{Duration, Instant};

use super::control::Measures;
use super::fault::BackfillFault;
use super::progress::Standing;
use super::shared::Shared;
use super::store::Which;
use super::tuning::Tuning;
use crate::database::{Answer, DatabaseError, Session};
use crate::model::{BackfillState, Engine};

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(1);
/// The same where there is a replica, which a second's batches may give minutes of work.
const EVERY_WITH_REPLICA: Duration = Duration::from_millis(200);

/// Looks now and then.
pub(super) struct Watch {
    last: Option<Instant>,
    has_replica: bool,
    /// What the record says of how far it is.
    pub standing: Standing,
    /// What the operator should know, once.
    pub remarks: Vec<String>,
    latency_failed: bool,
    /// What others were last told it waits for.
    waits_for: Option<String>,
}

impl Watch {
    pub fn new() -> Self {
        Self {
            last: None,
            has_replica: false,
            standing: Standing::default(),
            remarks: Vec::new(),
            latency_failed: false,
            waits_for: None,
        }
    }

    /// Has the next look be at once.
    pub const fn again(&mut self) {
        self.last = None;
    }

    /// Looks, if it is time to.
    pub fn look(
        &mut self,
        shared: &Shared,
        session: &mut dyn Session,
    ) -> Result<(), BackfillFault> {
        let every = if self.has_replica { EVERY_WITH_REPLICA } else { EVERY };
        if self.last.is_some_and(|last| last.elapsed() < every) {
            return Ok(());
        }
        self.last = Some(Instant::now());
        self.obey(shared, session)?;
        if shared.store.engine() == Engine::Postgres {
            let mut measures = measure(shared, session)?;
            self.has_replica = measures.replayed.is_some();
            let query = shared.control().tuning().latency_query.clone();
            if let Some(query) = query.filter(|_| !self.latency_failed) {
                measures.latency_ms = self.latency(session, &query)?;
            }
            shared.control().measured(&measures, shared.began.elapsed());
        }
        self.tell_others(shared, session)
    }

    /// Writes down what it waits for, where that has changed: other terminals ask the record.
    fn tell_others(
        &mut self,
        shared: &Shared,
        session: &mut dyn Session,
    ) -> Result<(), BackfillFault> {
        let waits_for = shared.control().restraint().map(ToString::to_string);
        if waits_for != self.waits_for {
            let sql = shared.store.waits_for_sql(shared.job, waits_for.as_deref());
            session.exchange(&[sql])?;
            self.waits_for = waits_for;
        }
        Ok(())
    }

    /// Does what the record says an operator wants.
    fn obey(&mut self, shared: &Shared, session: &mut dyn Session) -> Result<(), BackfillFault> {
        let table = shared.store.table(Which::Job);
        let units = shared.store.table(Which::Unit);
        let done = match shared.store.engine() {
            Engine::Postgres => format!(
                "coalesce(sum(CASE WHEN done THEN {passes} * (last::int8 - first::int8) \
                 ELSE pass * (last::int8 - first::int8) + next::int8 - first::int8 END), 0), \
                 coalesce(sum({passes} * (last::int8 - first::int8)), 0)",
                passes = shared.passes
            ),
            // From the first number to the last one, where rows are taken by theirs.
            Engine::Sqlite => {
                let end = "CASE WHEN done THEN last ELSE coalesce(next, first) END";
                format!(
                    "coalesce(sum(CAST({end} AS integer) - CAST(first AS integer)), 0), \
                     coalesce(sum(CAST(last AS integer) - CAST(first AS integer)), 0)"
                )
            }
        };
        let by_keys = shared.store.engine() == Engine::Postgres && !shared.composer.key.is_empty();
        let done = if by_keys { "0, 0".to_owned() } else { done };
        let answers = session.exchange(&[
            format!("SELECT state, tuning, row_count FROM {table} WHERE id = {}", shared.job),
            format!(
                "SELECT coalesce(sum(row_count), 0), {done}, \
                 sum(CASE WHEN done OR relation >= {} THEN 0 ELSE 1 END) \
                 FROM {units} WHERE backfill = {}",
                shared.grounds.len(),
                shared.job
            ),
        ])?;
        let cell = |answer: usize, column: usize| -> Option<String> {
            answers.get(answer)?.rows.first()?.get(column)?.clone()
        };
        let number = |answer, column| -> u64 {
            cell(answer, column).and_then(|it| it.parse().ok()).unwrap_or_default()
        };
        let table = shared.table.clone();
        match cell(0, 0).as_deref().and_then(BackfillState::from_word) {
            Some(BackfillState::Paused) => return Err(BackfillFault::Paused { table }),
            Some(BackfillState::Cancelled) => return Err(BackfillFault::Cancelled { table }),
            None => return Err(BackfillFault::Gone { table }),
            Some(_) => {}
        }
        if let Some(tuning) = cell(0, 1).and_then(|it| serde_json::from_str::<Tuning>(&it).ok()) {
            shared.control().retune(tuning);
        }
        self.standing = Standing {
            rows: number(0, 2) + number(1, 0),
            done: number(1, 1),
            of: number(1, 2),
            units_left: number(1, 3),
        };
        Ok(())
    }

    fn latency(
        &mut self,
        session: &mut dyn Session,
        query: &str,
    ) -> Result<Option<f64>, DatabaseError> {
        match session.exchange(&[query.to_owned()]) {
            Ok(answers) => {
                let value = answers.last().and_then(Answer::value).map(str::parse);
                if let Some(Err(_)) = value {
                    self.latency_failed = true;
                    self.remarks
                        .push("the latency query gives no number; it is left out".to_owned());
                }
                Ok(value.and_then(Result::ok))
            }
            Err(error) if error.code().is_some() => {
                session.abandon();
                self.latency_failed = true;
                self.remarks.push(format!("the latency query fails and is left out: {error}"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

fn measure(shared: &Shared, session: &mut dyn Session) -> Result<Measures, DatabaseError> {
    let sql = include_str!("watch.sql").replace("__JOB__", &shared.job.to_string());
    let answers = session.exchange(&[sql])?;
    let row = answers.first().and_then(|it| it.rows.first());
    let text = |column: usize| row.and_then(|row| row.get(column).cloned()).flatten();
    let number = |column: usize| -> Option<u64> { text(column)?.parse().ok() };
    let unarchived = || {
        let segment = number(4)?;
        let at = |column| segment_number(&text(column)?, segment);
        Some(at(2)?.saturating_sub(at(3)? + 1))
    };
    let seconds: Option<f64> = text(6).and_then(|it| it.parse().ok());
    Ok(Measures {
        wal: number(0),
        replayed: number(1),
        unarchived: unarchived(),
        slot_share: text(5).and_then(|it| it.parse().ok()),
        oldest_snapshot: seconds
            .filter(|it| *it >= 0.0)
            .and_then(|it| Some((Duration::from_secs_f64(it), text(7)?))),
        blocked: number(8).unwrap_or_default(),
        latency_ms: None,
    })
}

/// The number of a WAL segment by its file's name: eight digits of timeline, then the log's and the
/// segment's within it (`XLogFileName` in PostgreSQL's `xlog_internal.h`).
fn segment_number(name: &str, bytes: u64) -> Option<u64> {
    let digits = |range| u64::from_str_radix(name.get(range)?, 16).ok();
    Some(digits(8..16)? * ((1 << 32) / bytes.max(1)) + digits(16..24)?)
}

#[cfg(test)]
mod tests {
    use super::segment_number;

    #[test]
    fn segments_are_counted_across_logs() {
        const SEGMENT: u64 = 16 << 20;
        let last = segment_number("0000000100000002000000FF", SEGMENT);
        let next = segment_number("000000010000000300000000", SEGMENT);
        assert_eq!(last.map(|it| it + 1), next);
        assert_eq!(segment_number("backup", SEGMENT), None);
    }
}
