//! Writes a run's time line while it goes on.

use std::collections::HashSet;
use std::time::Duration;

use super::backfill::OpenBackfill;
use super::moment::Beginning;
use super::step::{OpenStep, may_be_secret, planned};
use super::{
    Failed, Message, MessageKind, Outcome, RunnerWait, StepLine, TableLine, Timeline, Try,
};
use crate::database::{DatabaseError, LockHolder, Session, StatementClock};
use crate::engine::{EngineError, Observer, Progress, RunOutcome, Stands};
use crate::model::{Blocker, Engine, ObjectKind, ObjectName, Problem, ProblemKind, Target};
use crate::plan::Plan;

/// Writes a run's time line: hears what the engine tells, and reads when statements ran.
pub struct Recorder {
    command: &'static str,
    beginning: Beginning,
    clock: StatementClock,
    /// Where it runs, once that is known.
    server: Option<(Engine, String)>,
    plan_hash: Option<String>,
    steps: Vec<StepLine>,
    open: Option<OpenStep>,
    tables: Vec<TableLine>,
    runner_waits: Vec<RunnerWait>,
    tries: Vec<Try>,
    messages: Vec<Message>,
    /// Since when, and for whom, the runner lock is waited for.
    waiting: Option<(Duration, LockHolder)>,
    /// The sessions that concurrent builds were seen to wait for: process and its beginning.
    awaited: HashSet<(i32, Option<String>)>,
}

/// Who ran it, on what: what a command knows and the engine does not.
#[derive(Debug, Clone, Default)]
pub struct Circumstances {
    /// The database's URL without its password.
    pub database: Option<String>,
    /// The set's name.
    pub set: Option<String>,
    /// The schema that was chosen.
    pub schema: Option<String>,
    /// The role on the server.
    pub role: Option<String>,
    /// The user of the operating system.
    pub operator: Option<String>,
    /// The machine.
    pub host: Option<String>,
    /// The process's exit code.
    pub exit_code: u8,
}

/// The run's observer and its recorder in one.
pub struct Watching<'a> {
    recorder: &'a mut Recorder,
    observer: &'a mut dyn Observer,
}

impl Recorder {
    /// The run begins now.
    pub fn new(command: &'static str) -> Self {
        Self {
            command,
            beginning: Beginning::now(),
            clock: StatementClock::default(),
            server: None,
            plan_hash: None,
            steps: Vec::new(),
            open: None,
            tables: Vec::new(),
            runner_waits: Vec::new(),
            tries: Vec::new(),
            messages: Vec::new(),
            waiting: None,
            awaited: HashSet::new(),
        }
    }

    /// A plan is about to be carried out: its tables are measured, and statements are timed from now
    /// on.
    pub fn prepare(
        &mut self,
        session: &mut dyn Session,
        target: &Target,
        plan: &Plan,
    ) -> Result<(), DatabaseError> {
        self.server = Some((session.capabilities().engine, session.facts().version.clone()));
        self.plan_hash = Some(plan.digest().to_string());
        self.steps = plan.steps.iter().map(planned).collect();
        let names = tables(plan);
        let sizes = session.table_sizes(target, &names)?;
        let line = |(table, before)| TableLine { table, before, after: None };
        self.tables = names.into_iter().zip(sizes).map(line).collect();
        session.time_statements(self.clock.clone())
    }

    /// Hears what an observer hears.
    pub fn watch<'a>(&'a mut self, observer: &'a mut dyn Observer) -> Watching<'a> {
        Watching { recorder: self, observer }
    }

    /// The plan was carried out, or not: what is open is closed, and the tables are measured again.
    pub fn conclude(
        &mut self,
        session: &mut dyn Session,
        target: &Target,
        outcome: &Result<RunOutcome, EngineError>,
    ) {
        let now = self.beginning.elapsed();
        self.stop_waiting(now);
        if let Some(open) = self.open.take() {
            let stands = match outcome {
                Err(EngineError::Step(failure)) => Some(failure.stands),
                _ => None,
            };
            self.close_failed(open, now, stands);
        }
        if outcome.is_ok() {
            // Another runner was first, and has done the others.
            self.steps.retain(|it| it.span.is_some());
        }
        let names: Vec<ObjectName> = self.tables.iter().map(|it| it.table.clone()).collect();
        // What cannot be asked any more, as the connection is lost say, stays unknown.
        let sizes = session.table_sizes(target, &names).unwrap_or_default();
        for (table, size) in self.tables.iter_mut().zip(sizes) {
            table.after = size;
        }
        self.tables.retain(|it| it.before.is_some() || it.after.is_some());
    }

    fn close_failed(&mut self, open: OpenStep, now: Duration, stands: Option<Stands>) {
        let noted = self.clock.take();
        let line = open.fail(&self.beginning, now, &noted, stands);
        self.put(line);
    }

    /// The time line of the run, which ends now.
    pub fn timeline(mut self, circumstances: Circumstances, problem: Option<&Problem>) -> Timeline {
        let took = self.beginning.elapsed();
        self.blame(problem);
        let whole = self.beginning.span(Duration::ZERO, took);
        let Circumstances { database, set, schema, role, operator, host, exit_code } =
            circumstances;
        let (engine, server_version) = self.server.unzip();
        Timeline {
            report: "turnback run report, version 1",
            command: self.command,
            ok: exit_code == 0,
            exit_code,
            outcome: match problem.map(|it| it.kind) {
                None if self.steps.is_empty() => Outcome::NothingToDo,
                None => Outcome::Done,
                Some(ProblemKind::Interrupted) => Outcome::Interrupted,
                Some(ProblemKind::Declined) => Outcome::Declined,
                Some(_) => Outcome::Failed,
            },
            database,
            set,
            schema,
            engine,
            server_version,
            turnback_version: env!("CARGO_PKG_VERSION"),
            role,
            operator,
            host,
            plan_hash: self.plan_hash,
            started_at: whole.at,
            ended_at: whole.at + took,
            took,
            error: problem.map(failed),
            runner_waits: self.runner_waits,
            tries: self.tries,
            steps: self.steps,
            tables: self.tables,
            messages: self.messages,
        }
    }

    /// A lock that was not had in the end is told with the tries before it.
    fn blame(&mut self, problem: Option<&Problem>) {
        let Some(problem) = problem.filter(|it| it.kind == ProblemKind::ObjectLock) else { return };
        let failed = self.steps.iter_mut().find(|it| it.state == super::StepState::Failed);
        let Some(step) = failed else { return };
        let last = step.statements.iter().find(|it| it.state == super::StatementState::Failed);
        let Some((number, span)) = last.and_then(|it| Some((it.number, it.span?))) else { return };
        step.tries.push(Try {
            span,
            statement: Some(number),
            message: problem.message.clone(),
            pause: Duration::ZERO,
            blockers: problem.server.blockers.clone(),
        });
    }

    /// Puts a step in its place; a plan that was made anew under the lock may have others.
    fn put(&mut self, line: StepLine) {
        match self.steps.iter_mut().find(|it| it.version == line.version) {
            Some(planned) => *planned = line,
            None => self.steps.push(line),
        }
    }

    fn say(&mut self, kind: MessageKind, text: String) {
        let message = Message { offset: self.beginning.elapsed(), kind, text };
        match &mut self.open {
            Some(open) => open.say(message),
            None => self.messages.push(message),
        }
    }

    fn stop_waiting(&mut self, now: Duration) {
        if let Some((from, holder)) = self.waiting.take() {
            self.runner_waits.push(RunnerWait {
                span: self.beginning.span(from, now),
                pid: holder.pid,
                user: holder.user,
                application: holder.application,
            });
        }
    }

    fn retry(&mut self, message: &str, pause: Duration, blockers: &[Blocker]) {
        let now = self.beginning.elapsed();
        let noted = self.clock.take();
        if let Some(open) = &mut self.open {
            return open.retry(&self.beginning, now, &noted, (message, pause, blockers));
        }
        self.tries.push(Try {
            span: self.beginning.span(now, now),
            statement: None,
            message: message.to_owned(),
            pause,
            blockers: blockers.to_vec(),
        });
    }

    fn record(&mut self, progress: &Progress<'_>) {
        let now = self.beginning.elapsed();
        if !matches!(progress, Progress::WaitingForRunner { .. }) {
            self.stop_waiting(now);
        }
        match progress {
            Progress::WaitingForRunner { holder, .. } => {
                self.waiting = Some((now, (*holder).clone()));
            }
            Progress::StepStarted { total, step, .. } => {
                if *total != self.steps.len() {
                    // Another runner was first: the plan was made anew.
                    self.steps.retain(|it| it.span.is_some());
                }
                self.clock.take();
                self.open = Some(OpenStep::new(step, now));
            }
            Progress::StatementStarted { index, .. } => {
                let noted = self.clock.take();
                if let Some(open) = &mut self.open {
                    open.begin_statement(*index, &self.beginning, now, &noted);
                }
            }
            Progress::LockRetry { message, pause, blockers } => {
                self.retry(message, *pause, blockers);
            }
            Progress::StepFinished { done, .. } => {
                let noted = self.clock.take();
                if let Some(open) = self.open.take() {
                    let line = open.finish(&self.beginning, now, &noted, done);
                    self.put(line);
                }
            }
            Progress::Backfill(progress) => {
                let Some(open) = &mut self.open else { return };
                match &mut open.backfill {
                    Some(backfill) if backfill.is_of(progress.table) => {
                        backfill.tell(progress, now);
                    }
                    none => *none = Some(OpenBackfill::new(progress, now)),
                }
            }
            Progress::Ongoing { summary, ongoing } => {
                for blocker in &ongoing.waits_for {
                    let is_new = self.awaited.insert((blocker.pid, blocker.began.clone()));
                    if is_new {
                        self.say(MessageKind::Remark, format!("{summary} waits for {blocker}"));
                    }
                }
            }
            Progress::Notice(notice) => {
                let is_warning = notice.severity == "WARNING";
                let kind = if is_warning { MessageKind::Warning } else { MessageKind::Notice };
                self.say(kind, notice.message.clone());
            }
            Progress::Remark(remark) => self.say(MessageKind::Remark, remark.clone()),
            Progress::Saving { .. } | Progress::CheckStarted { .. } | Progress::Deleted { .. } => {}
        }
    }
}

impl Observer for Watching<'_> {
    fn notice(&mut self, progress: Progress<'_>) {
        self.recorder.record(&progress);
        self.observer.notice(progress);
    }

    fn may_end(&mut self, blockers: &[&Blocker]) -> bool {
        let agreed = self.observer.may_end(blockers);
        let who: Vec<String> = blockers.iter().map(|it| format!("pid {}", it.pid)).collect();
        let word = if agreed { "agreed" } else { "not agreed" };
        self.recorder.say(MessageKind::Decision, format!("to end {}: {word}", who.join(", ")));
        agreed
    }
}

/// The tables a plan's steps name.
fn tables(plan: &Plan) -> Vec<ObjectName> {
    let statements = plan.steps.iter().flat_map(|step| &step.parsed.statements);
    let objects = statements.flat_map(|it| &it.affects).map(|it| &it.object);
    let tables = objects.filter(|it| matches!(it.kind, ObjectKind::Table | ObjectKind::Column));
    let mut names: Vec<ObjectName> = tables.map(|it| it.name.clone()).collect();
    names.sort();
    names.dedup();
    names
}

fn failed(problem: &Problem) -> Failed {
    let (place, server) = (problem.place.as_ref(), &problem.server);
    let at = place.and_then(|place| place.at);
    Failed {
        kind: problem.kind,
        message: problem.message.clone(),
        sqlstate: server.code.clone(),
        file: place.map(|place| place.file.clone()),
        line: at.map(|at| at.line),
        column: at.map(|at| at.column),
        line_text: place.and_then(|place| place.line_text.clone()).filter(|it| !may_be_secret(it)),
        detail: server.detail.clone(),
        server_hint: server.hint.clone(),
        context: server.context.clone(),
        diff: problem.diff.clone(),
        blockers: server.blockers.clone(),
        stands: problem.notes.clone(),
        next: problem.hints.clone(),
    }
}
