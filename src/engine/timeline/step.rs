//! A step while it goes on, and what is kept of it.

use std::time::Duration;

use super::backfill::OpenBackfill;
use super::held::{leave_out_made, locks};
use super::moment::Beginning;
use super::{
    Message, RestoredLine, SavedLine, StatementLine, StatementState, StepLine, StepState, Try,
};
use crate::database::{Noted, TimedRun};
use crate::engine::{Stands, StepDone, StepResult};
use crate::model::{Blocker, ObjectName};
use crate::plan::{Action, Step};
use crate::sql::Statement;

/// So much of a statement is shown; of a table's worth of rows the beginning tells enough.
const LONGEST_SQL: usize = 4_000;

/// A step under way.
pub(super) struct OpenStep {
    line: StepLine,
    /// The statements as the script has them.
    statements: Vec<Statement>,
    began: Duration,
    /// When the try at hand began.
    try_began: Duration,
    /// The statement under way, where they go one by one, and when it began.
    current: Option<(usize, Duration)>,
    /// The statements an earlier run has done.
    done_before: usize,
    pub backfill: Option<OpenBackfill>,
}

impl OpenStep {
    pub(super) fn new(step: &Step, began: Duration) -> Self {
        let runs = step.action == Action::Run;
        let statements = if runs { step.parsed.statements.clone() } else { Vec::new() };
        Self {
            line: planned(step),
            statements,
            began,
            try_began: began,
            current: None,
            done_before: step.resume.map_or(0, |resume| resume.from),
            backfill: None,
        }
    }

    pub(super) fn say(&mut self, message: Message) {
        self.line.messages.push(message);
    }

    /// A statement begins where they go one by one: the one before it is done.
    pub(super) fn begin_statement(
        &mut self,
        index: usize,
        beginning: &Beginning,
        now: Duration,
        noted: &Noted,
    ) {
        self.close_statement(beginning, now, noted, StatementState::Stands);
        self.current = Some((index, now));
        self.try_began = now;
    }

    fn close_statement(
        &mut self,
        beginning: &Beginning,
        now: Duration,
        noted: &Noted,
        state: StatementState,
    ) {
        self.close_backfill(beginning, now);
        let Some((index, began)) = self.current.take() else { return };
        let Some(line) = self.line.statements.get_mut(index) else { return };
        // What is done before it, an invalid index that is dropped say, belongs to it.
        let ends = noted.runs.last().map(|run| beginning.until(run.began) + run.took);
        let starts = noted.runs.first().map(|run| beginning.until(run.began));
        let rows = noted.runs.last().and_then(|run| run.rows.last().copied());
        line.span = Some(beginning.span(starts.unwrap_or(began), ends.unwrap_or(now)));
        line.rows = rows.filter(|rows| counts(*rows, &line.summary));
        line.state = state;
    }

    fn close_backfill(&mut self, beginning: &Beginning, now: Duration) {
        if let Some(backfill) = self.backfill.take() {
            self.line.backfills.push(backfill.close(beginning, now));
        }
    }

    /// A lock was not had: all that ran in this try is undone.
    pub(super) fn retry(
        &mut self,
        beginning: &Beginning,
        now: Duration,
        noted: &Noted,
        (message, pause, blockers): (&str, Duration, &[Blocker]),
    ) {
        let began = noted.runs.first().map_or(self.try_began, |run| beginning.until(run.began));
        let waited = noted.runs.last().map(|run| run.statements.end);
        let statement = self.current.map(|(index, _)| index + 1).or(waited);
        if self.line.one_transaction {
            // What ran before the one that waited held its locks meanwhile.
            let finished = noted.runs.iter().filter(|run| run.rows.len() == 1);
            let ran = finished.filter_map(|run| {
                let from = beginning.until(run.began);
                let parsed = self.statements.get(run.statements.start)?;
                Some((beginning.span(from, from + run.took), parsed))
            });
            self.line.locks.extend(locks(ran, &[], beginning, Some(now)));
        }
        self.line.tries.push(Try {
            span: beginning.span(began, now),
            statement,
            message: message.to_owned(),
            pause,
            blockers: blockers.to_vec(),
        });
        self.try_began = now + pause;
    }

    /// The step is done.
    pub(super) fn finish(
        mut self,
        beginning: &Beginning,
        now: Duration,
        noted: &Noted,
        done: &StepDone,
    ) -> StepLine {
        self.line.state = match done.result {
            StepResult::Applied => StepState::Applied,
            StepResult::Adopted => StepState::Adopted,
            StepResult::RolledBack => StepState::RolledBack,
            StepResult::Released => StepState::Released,
        };
        self.line.saved = done.saved.iter().map(saved).collect();
        self.line.restored = done.restored.iter().map(restored).collect();
        if self.line.one_transaction {
            self.spread(beginning, &noted.runs, StatementState::Stands);
        } else {
            self.close_statement(beginning, now, noted, StatementState::Stands);
        }
        for (backfill, done) in self.line.backfills.iter_mut().zip(&done.backfills) {
            super::backfill::complete(backfill, done);
        }
        self.close(beginning, now, &noted.locks)
    }

    /// The step failed.
    pub(super) fn fail(
        mut self,
        beginning: &Beginning,
        now: Duration,
        noted: &Noted,
        stands: Option<Stands>,
    ) -> StepLine {
        self.line.state = StepState::Failed;
        if self.line.one_transaction {
            let became = match stands {
                Some(Stands::Unknown) => StatementState::Unknown,
                _ => StatementState::Undone,
            };
            self.spread(beginning, &noted.runs, became);
        } else {
            // A last statement may have finished, and what is behind it failed.
            let finished = match stands {
                Some(Stands::Statements { finished, .. }) => finished,
                _ => 0,
            };
            let stood = self.current.is_some_and(|(index, _)| index < finished);
            let state = if stood { StatementState::Stands } else { StatementState::Failed };
            self.close_statement(beginning, now, noted, state);
        }
        self.close(beginning, now, &[])
    }

    fn close(
        mut self,
        beginning: &Beginning,
        now: Duration,
        held: &[crate::database::HeldLock],
    ) -> StepLine {
        self.line.span = Some(beginning.span(self.began, now));
        for line in self.line.statements.iter_mut().take(self.done_before) {
            if line.span.is_none() {
                line.state = StatementState::DoneBefore;
            }
        }
        // Batches hold their locks for a moment each.
        let has_batches = !self.line.backfills.is_empty();
        let ran = self.line.statements.iter().zip(&self.statements).filter_map(|(line, parsed)| {
            let in_batches = has_batches && parsed.backfill.is_some();
            line.span.filter(|_| !in_batches).map(|span| (span, parsed))
        });
        let until = self.line.one_transaction.then_some(now);
        let of_this_try = locks(ran, held, beginning, until);
        self.line.locks.extend(of_this_try);
        leave_out_made(&mut self.line.locks, &self.statements);
        self.line
    }

    /// Gives each statement of a transaction its time. Of those that could only be timed together,
    /// only what became of them is known.
    fn spread(&mut self, beginning: &Beginning, runs: &[TimedRun], became: StatementState) {
        for run in runs {
            let is_one = run.statements.len() == 1;
            for (place, index) in run.statements.clone().enumerate() {
                let Some(line) = self.line.statements.get_mut(index) else { continue };
                if is_one {
                    let began = beginning.until(run.began);
                    line.span = Some(beginning.span(began, began + run.took));
                }
                let rows = run.rows.get(place).copied();
                line.state = if rows.is_some() { became } else { StatementState::Failed };
                line.rows = rows.filter(|rows| counts(*rows, &line.summary));
            }
        }
    }
}

/// A step as it was planned.
pub(super) fn planned(step: &Step) -> StepLine {
    let runs = step.action == Action::Run;
    let script = step.running();
    let text = &script.stored.text;
    let statements = if runs { step.parsed.statements.as_slice() } else { &[] };
    StepLine {
        version: step.version,
        name: step.name.clone(),
        direction: step.direction,
        file: script.file.clone(),
        state: StepState::NotReached,
        one_transaction: step.in_transaction(),
        span: None,
        statements: (1..).zip(statements).map(|(number, it)| line_of(number, it, text)).collect(),
        tries: Vec::new(),
        locks: Vec::new(),
        backfills: Vec::new(),
        saved: Vec::new(),
        restored: Vec::new(),
        messages: Vec::new(),
    }
}

fn line_of(number: usize, statement: &Statement, text: &str) -> StatementLine {
    let sql = text.get(statement.span.clone()).unwrap_or_default();
    let cut = sql.floor_char_boundary(LONGEST_SQL);
    StatementLine {
        number,
        line: statement.at.line,
        summary: statement.summary.clone(),
        sql: (!may_be_secret(sql)).then(|| sql[..cut].to_owned()),
        sql_is_cut: cut < sql.len(),
        state: StatementState::NotRun,
        span: None,
        rows: None,
    }
}

/// Whether a text may hold a password, as `CREATE ROLE … PASSWORD '…'` does: no report is the place
/// for it.
pub(super) fn may_be_secret(sql: &str) -> bool {
    sql.to_ascii_lowercase().contains("password")
}

/// Whether a count of rows says something: that a definition touched none does not.
fn counts(rows: u64, summary: &str) -> bool {
    const CHANGING: [&str; 7] =
        ["INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "COPY", "SELECT"];
    rows > 0 || CHANGING.iter().any(|word| summary.starts_with(word))
}

fn saved(it: &crate::engine::Saved) -> SavedLine {
    let (backup, table) = (&it.backup, &it.backup.table);
    let columns = table.columns.iter().map(|column| column.name.clone());
    SavedLine {
        backup: backup.id,
        table: ObjectName { schema: table.schema.clone(), name: table.table.clone() },
        columns: if table.whole { Vec::new() } else { columns.collect() },
        rows: backup.rows,
        bytes: backup.bytes,
    }
}

fn restored(it: &crate::engine::Restored) -> RestoredLine {
    RestoredLine {
        table: it.table.clone(),
        rows: it.rows,
        conflicts: it.conflicts,
        obstacle: it.obstacle.clone(),
    }
}
