//! Backfills: how they are going, and what was done about them.

use std::time::Duration;

use serde_json::{Value, json};

use super::run::{backfill_json, backfill_text};
use super::status::heading;
use super::text::{counted, duration, grouped};
use super::{Document, Subject};
use crate::engine::{BackfillDone, BackfillJob, RefusedRow, Tuning};
use crate::model::{BackfillOf, BackfillState};

/// A backfill on record, for a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedBackfill {
    /// What is on record.
    pub job: BackfillJob,
    /// The first of the rows that could not be changed.
    pub refused: Vec<RefusedRow>,
    /// Rows a second, where it was looked.
    pub rate: Option<f64>,
}

/// A backfill that somebody was to work at.
#[derive(Debug, Clone, PartialEq)]
pub struct RanBackfill {
    /// What it is.
    pub of: BackfillOf,
    /// What was done; `None` where nothing was left to do.
    pub done: Option<BackfillDone>,
}

impl ListedBackfill {
    /// What holds it back, as far as somebody works at it who would know.
    fn waits_for(&self) -> Option<&str> {
        self.job.waits_for.as_deref().filter(|_| self.job.workers > 0)
    }

    fn left(&self) -> Option<Duration> {
        let (rate, share) = (self.rate?, self.job.share?);
        #[expect(clippy::cast_precision_loss, reason = "it is shown with two digits")]
        let left = self.job.rows as f64 * (1.0 - share) / share / rate;
        Duration::try_from_secs_f64(left).ok().filter(|_| share > 0.01)
    }
}

/// How backfills are going. `any` is whether there are any at all on record, listed or not.
pub fn backfill_list_document(subject: &Subject, listed: &[ListedBackfill], any: bool) -> Document {
    let mut text = heading(subject);
    if listed.is_empty() {
        text += if any {
            ": no backfill is open; `--all` lists those that are over\n"
        } else {
            ": no backfill is on record\n"
        };
    } else {
        text.push('\n');
    }
    for it in listed {
        text += &format!("\n{}", listed_text(it));
    }
    let body = json!({ "backfills": listed.iter().map(listed_json).collect::<Vec<_>>() });
    Document::new("backfill status", 0, body, text)
}

fn of_json(of: &BackfillOf) -> Value {
    json!({
        "version": of.version,
        "name": of.name,
        "rolling_back": of.rolling_back,
        "statement": of.statement,
        "table": of.table,
    })
}

fn with(mut value: Value, more: Value) -> Value {
    if let (Value::Object(map), Value::Object(more)) = (&mut value, more) {
        map.extend(more);
    }
    value
}

fn job_json(job: &BackfillJob) -> Value {
    let of = of_json(&job.of);
    let Tuning {
        workers, batch_ms, max_lag_ms, max_archive, latency_query, max_latency_ms, ..
    } = &job.tuning;
    let more = json!({
        "state": job.state,
        "open": job.open,
        "rows": job.rows,
        "refused": job.refused,
        "settings": {
            "workers": workers,
            "batch_ms": batch_ms,
            "max_lag_ms": max_lag_ms,
            "max_archive": max_archive,
            "latency_query": latency_query,
            "max_latency_ms": max_latency_ms,
        },
    });
    with(of, more)
}

fn listed_json(it: &ListedBackfill) -> Value {
    let job = &it.job;
    let bytes = |(table, indexes)| json!({ "table": table, "indexes": indexes });
    let refused = it.refused.iter().map(|row| json!({ "key": row.key, "message": row.message }));
    let more = json!({
        "refused_rows": refused.collect::<Vec<_>>(),
        "share": job.share,
        "units_done": job.units.0,
        "units": job.units.1,
        "rows_per_second": it.rate,
        "seconds_left": it.left().map(|it| it.as_secs()),
        "workers": job.workers,
        "waits_for": it.waits_for(),
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "bytes_before": bytes(job.detail.bytes_before),
        "bytes_after": job.detail.bytes_after.map(bytes),
    });
    with(job_json(job), more)
}

/// `V13__fill, rollback: auth_sessions`.
fn title(of: &BackfillOf) -> String {
    let back = if of.rolling_back { ", rollback" } else { "" };
    format!("{}{back}: {}", of.label(), of.table)
}

fn listed_text(it: &ListedBackfill) -> String {
    let job = &it.job;
    let mut lines = vec![format!("{}, {}", title(&job.of), job.state.word())];
    lines.push(progress_line(it));
    if job.open && matches!(job.state, BackfillState::Running | BackfillState::Paused) {
        lines.push(pace_line(it));
    }
    lines.extend(it.waits_for().map(|it| format!("  {it}")));
    lines.push(match &job.finished_at {
        Some(finished) => format!("  from {} to {finished}", job.started_at),
        None => format!("  since {}", job.started_at),
    });
    if job.refused > 0 {
        let count = rows(job.refused);
        lines.push(format!("  {count} could not be changed:"));
        lines.extend(it.refused.iter().map(|row| format!("    {}: {}", row.key, row.message)));
        let shown = it.refused.len() as u64;
        if shown < job.refused {
            lines.push(format!("    and {} more", grouped(job.refused - shown)));
        }
    }
    lines.extend(next(it).map(|it| format!("  {it}")));
    lines.join("\n") + "\n"
}

fn progress_line(it: &ListedBackfill) -> String {
    let job = &it.job;
    let parts = format!("{} of {} parts", grouped(job.units.0), grouped(job.units.1));
    match (job.state, job.share) {
        (BackfillState::Done, _) | (_, None) => format!("  {} done, {parts}", rows(job.rows)),
        (_, Some(share)) => {
            format!("  {} done, {:.0} % of the table, {parts}", rows(job.rows), share * 100.0)
        }
    }
}

/// `61,000 rows/s, 62 s left; 2 workers of at most 2, 75 ms a batch`.
fn pace_line(it: &ListedBackfill) -> String {
    let (job, tuning) = (&it.job, &it.job.tuning);
    let mut pace = Vec::new();
    if let Some(rate) = it.rate {
        pace.push(format!("{} rows/s", grouped(whole(rate))));
        pace.extend(it.left().map(|left| format!("{} left", about(left))));
    }
    let pace = if pace.is_empty() { String::new() } else { format!("{}; ", pace.join(", ")) };
    let at_work = match job.workers {
        0 => "at most ".to_owned(),
        workers => format!("{workers} at work of at most "),
    };
    format!(
        "  {pace}{at_work}{}, {} ms a batch",
        counted(tuning.workers, "worker", "workers"),
        tuning.batch().as_millis()
    )
}

fn next(it: &ListedBackfill) -> Option<&'static str> {
    let job = &it.job;
    // Of an engine with one writer nobody can tell who it is, but whether rows change.
    let goes_on = job.workers > 0 || it.rate.is_some_and(|rate| rate > 0.0);
    if !job.open {
        return None;
    }
    match job.state {
        BackfillState::Running if goes_on => None,
        BackfillState::Running if job.units.0 == job.units.1 => {
            Some("every part is done; rows that were left out are looked for")
        }
        BackfillState::Running => Some(
            "nobody is seen at work; `turnback migrate` or `turnback backfill run` goes on with it",
        ),
        BackfillState::Paused => Some("`turnback backfill run` or `turnback migrate` goes on"),
        BackfillState::Incomplete => {
            Some("mend these rows, or what refuses them, and run `turnback migrate` again")
        }
        BackfillState::Done => Some("`turnback migrate` goes on with the rest of its script"),
        BackfillState::Cancelled => None,
    }
}

fn rows(count: u64) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{} rows", grouped(count)) }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rows a second are neither negative nor beyond 64 bits"
)]
fn whole(rate: f64) -> u64 {
    rate.round() as u64
}

/// Without fractions, which nobody knows.
fn about(time: Duration) -> String {
    if time < Duration::from_mins(1) {
        format!("{} s", time.as_secs().max(1))
    } else {
        duration(time)
    }
}

/// What working at backfills came to.
pub fn backfill_run_document(subject: &Subject, ran: &[RanBackfill]) -> Document {
    let mut text = heading(subject);
    if ran.is_empty() {
        text += ": no backfill is open\n";
    } else {
        text += "\n\n";
        for it in ran {
            text += &match &it.done {
                Some(done) => backfill_text(&it.of.label(), done),
                None => format!("{}: nothing is left to fill\n", title(&it.of)),
            };
        }
        text += "\n`turnback migrate` goes on with the rest of the scripts\n";
    }
    let backfills = ran.iter().map(|it| {
        let of = of_json(&it.of);
        match &it.done {
            Some(done) => with(of, backfill_json(done)),
            None => of,
        }
    });
    let body = json!({ "backfills": backfills.collect::<Vec<_>>() });
    Document::new("backfill run", 0, body, text)
}

/// What was paused, given up, or set otherwise.
pub fn backfill_done_document(
    command: &'static str,
    subject: &Subject,
    jobs: &[BackfillJob],
) -> Document {
    let heading = heading(subject);
    let body = json!({ "backfills": jobs.iter().map(job_json).collect::<Vec<_>>() });
    if jobs.is_empty() {
        let which = if command == "backfill pause" { "running" } else { "open" };
        return Document::new(command, 0, body, format!("{heading}: no backfill is {which}\n"));
    }
    let line = |job: &BackfillJob| match command {
        "backfill pause" => format!(
            "{}: pauses behind the batch at hand; {} done\n",
            title(&job.of),
            rows(job.rows)
        ),
        "backfill cancel" => {
            format!("{}: given up; {} done, which stand\n", title(&job.of), rows(job.rows))
        }
        _ => format!(
            "{}: at most {}, {} ms a batch, {} behind at most\n",
            title(&job.of),
            counted(job.tuning.workers, "worker", "workers"),
            job.tuning.batch().as_millis(),
            duration(job.tuning.max_lag())
        ),
    };
    let lines: String = jobs.iter().map(line).collect();
    let next = match command {
        "backfill pause" => "`turnback backfill run` or `turnback migrate` goes on\n",
        "backfill cancel" => {
            "`turnback migrate` begins anew with the rows that are left; `turnback rollback` undoes \
             what was done\n"
        }
        _ => "whoever works goes by it within a second\n",
    };
    Document::new(command, 0, body, format!("{heading}\n\n{lines}\n{next}"))
}

/// What is given up, before it is.
pub fn backfills_ground(subject: &Subject, jobs: &[BackfillJob]) -> String {
    let lines = jobs.iter().map(|it| format!("  {}, {} done\n", title(&it.of), rows(it.rows)));
    format!(
        "{}: to be given up\n{}What is done stands. `turnback migrate` begins anew with what is left; \
         `turnback rollback`\nundoes it. To stop for a while only, `turnback backfill pause`.\n",
        heading(subject),
        lines.collect::<String>()
    )
}
