//! Each step in full: statements, waits, locks, backfills, what was saved and said.

use super::chart::state_word;
use super::escape::{clock, code, counted, escaped, isolated, joined, took};
use super::figures::blocks;
use crate::engine::{
    BackfillLine, LockLine, Message, MessageKind, StatementLine, StatementState, StepLine,
    StepState, Timeline, Try,
};
use crate::model::Blocker;
use crate::report::text::{bytes, grouped};

/// All steps; those that did nothing remarkable are folded where there are many.
pub(super) fn steps(timeline: &Timeline) -> String {
    if timeline.steps.is_empty() {
        return String::new();
    }
    let few = timeline.steps.len() <= 3;
    let each: String = timeline.steps.iter().map(|it| step(it, few)).collect();
    format!("<section aria-labelledby=\"steps\">\n<h2 id=\"steps\">Steps</h2>\n{each}</section>\n")
}

fn step(step: &StepLine, few: bool) -> String {
    let open = if few || step.state == StepState::Failed { " open" } else { "" };
    let class = match step.state {
        StepState::Failed => "failed",
        StepState::NotReached => "idle",
        _ => "done",
    };
    let time = step.span.map_or_else(String::new, |span| {
        format!(" <span class=\"time\">{}, at {}</span>", took(span.took), clock(span.at))
    });
    let how = if step.one_transaction {
        "one transaction"
    } else {
        "statement by statement, each standing by itself"
    };
    let mut html = format!(
        "<details{open}><summary><h3>{}</h3> <span class=\"badge {class}\">{}</span>{time}</summary>\n\
         <p class=\"facts\">{} &middot; {how}</p>\n",
        isolated(&step.label()),
        state_word(step.state),
        code(&step.file),
    );
    html += &statements(&step.statements);
    html += &waits(&step.tries);
    html += &locks(&step.locks);
    html += &step.backfills.iter().map(backfill).collect::<String>();
    html += &kept(step);
    html += &messages(&step.messages);
    html + "</details>\n"
}

/// A table that turns into a list of cards where there is no room for columns.
fn table(caption: &str, heads: &[&str], rows: &[Vec<String>]) -> String {
    let head = joined(heads, |it| format!("<th scope=\"col\" role=\"columnheader\">{it}</th>"));
    let body = joined(rows, |row| {
        let cells = joined(row.iter().zip(heads), |(cell, head)| {
            let empty = if cell.is_empty() { " class=\"empty\"" } else { "" };
            format!("<td role=\"cell\" data-label=\"{head}\"{empty}>{cell}</td>")
        });
        format!("<tr role=\"row\">{cells}</tr>\n")
    });
    format!(
        "<table role=\"table\"><caption>{caption}</caption>\n\
         <thead role=\"rowgroup\"><tr role=\"row\">{head}</tr></thead>\n\
         <tbody role=\"rowgroup\">\n{body}</tbody></table>\n"
    )
}

fn statements(statements: &[StatementLine]) -> String {
    if statements.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = statements
        .iter()
        .map(|it| {
            let at = it.span.map(|span| clock(span.at)).unwrap_or_default();
            let time = it.span.map(|span| took(span.took)).unwrap_or_default();
            let rows = it.rows.map(grouped).unwrap_or_default();
            vec![it.number.to_string(), statement(it), at, time, rows, became(it.state)]
        })
        .collect();
    table("Statements", &["No.", "Statement", "Began (UTC)", "Took", "Rows", "State"], &rows)
}

fn became(state: StatementState) -> String {
    let (class, word) = match state {
        StatementState::Stands => ("done", "stands"),
        StatementState::DoneBefore => ("idle", "done by an earlier run"),
        StatementState::Undone => ("idle", "rolled back"),
        StatementState::Failed => ("failed", "failed"),
        StatementState::NotRun => ("idle", "not run"),
        StatementState::Unknown => ("failed", "not known to stand"),
    };
    format!("<span class=\"badge {class}\">{word}</span>")
}

fn statement(it: &StatementLine) -> String {
    let line = format!("line {}", it.line);
    let sql = match &it.sql {
        Some(sql) => {
            let more = if it.sql_is_cut { "\n… and more" } else { "" };
            format!("<pre dir=\"ltr\"><code>{}{more}</code></pre>", escaped(sql))
        }
        None => "<p>Not shown: it may hold a password.</p>".to_owned(),
    };
    format!(
        "<details class=\"sql\"><summary>{} <span class=\"more\">{line}</span></summary>{sql}</details>",
        isolated(&it.summary)
    )
}

/// What was waited for, and who held it.
pub(super) fn waits(tries: &[Try]) -> String {
    if tries.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = tries
        .iter()
        .map(|it| {
            vec![
                clock(it.span.at),
                it.statement.map(|it| it.to_string()).unwrap_or_default(),
                took(it.span.took),
                took(it.pause),
                format!("{}{}", isolated(&it.message), blockers(&it.blockers)),
            ]
        })
        .collect();
    table(
        "Locks that were not had",
        &["Tried (UTC)", "Statement", "For", "Then paused", "Why"],
        &rows,
    )
}

/// Who holds what is waited for, one of them a line.
pub(super) fn blockers(blockers: &[Blocker]) -> String {
    if blockers.is_empty() {
        return String::new();
    }
    let items = joined(blockers, |it| {
        let without = Blocker { query: None, ..it.clone() };
        let query = it.query.as_deref().map_or_else(String::new, |it| {
            format!("<pre dir=\"ltr\"><code>{}</code></pre>", escaped(it))
        });
        format!("<li>{}{query}</li>", isolated(&without.to_string()))
    });
    format!("<ul class=\"blockers\"><li class=\"head\">Held by</li>{items}</ul>")
}

fn locks(locks: &[LockLine]) -> String {
    if locks.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = locks
        .iter()
        .map(|it| {
            vec![
                isolated(&it.object.to_string()),
                format!("{} <span class=\"more\">{}</span>", it.mode, blocks(it.mode).words()),
                clock(it.span.at),
                took(it.span.took),
                if it.seen { "the server" } else { "the manual" }.to_owned(),
            ]
        })
        .collect();
    table("Locks", &["On", "Lock", "From (UTC)", "Held for", "According to"], &rows)
}

fn backfill(it: &BackfillLine) -> String {
    let mut facts = vec![counted(it.rows, "row", "rows"), took(it.span.took)];
    facts.extend(it.batches.map(|count| counted(count, "batch", "batches")));
    facts.extend(it.retries.map(|count| format!("{} tried again", grouped(count))));
    facts.extend(it.longest_ms.map(|longest| format!("the longest batch {longest:.0} ms")));
    let held: Vec<Vec<String>> = it
        .held
        .iter()
        .map(|it| {
            let how = if it.stopped { "stopped" } else { "slower" };
            vec![clock(it.span.at), took(it.span.took), how.to_owned(), isolated(&it.reason)]
        })
        .collect();
    let held = if held.is_empty() {
        String::new()
    } else {
        table("What held it back", &["From (UTC)", "For", "How", "Why"], &held)
    };
    format!(
        "<h4>Backfill of {}</h4>\n<p class=\"facts\">{}</p>\n{}{held}",
        isolated(&it.table),
        facts.join(" &middot; "),
        curve(it)
    )
}

/// Rows over time, as a line.
fn curve(it: &BackfillLine) -> String {
    let most = it.samples.iter().map(|it| it.rows).max().unwrap_or_default();
    if it.samples.len() < 3 || most == 0 {
        return String::new();
    }
    #[expect(clippy::cast_precision_loss, reason = "it is drawn")]
    let point = |offset: f64, rows: u64| {
        let x = (offset / it.span.took.as_secs_f64().max(1e-6) * 600.0).clamp(0.0, 600.0);
        format!("{x:.1},{:.1}", 80.0 - rows as f64 / most as f64 * 78.0)
    };
    let points: Vec<String> = it
        .samples
        .iter()
        .map(|sample| {
            point(sample.offset.saturating_sub(it.span.offset).as_secs_f64(), sample.rows)
        })
        .collect();
    format!(
        "<svg class=\"curve\" viewBox=\"0 0 600 82\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"rows over time, up to {}\"><polyline points=\"{}\"/></svg>\n",
        counted(most, "row", "rows"),
        points.join(" ")
    )
}

fn kept(step: &StepLine) -> String {
    let mut items = String::new();
    for it in &step.saved {
        let columns = match it.columns.as_slice() {
            [] => String::new(),
            names => format!("({})", names.join(", ")),
        };
        let what = isolated(&format!("{}{columns}", it.table));
        let count = counted(it.rows, "row", "rows");
        items += &format!(
            "<li>saved {what}: {count} in {}, as backup {}</li>\n",
            bytes(it.bytes),
            it.backup
        );
    }
    for it in &step.restored {
        let conflicts = match it.conflicts {
            0 => String::new(),
            count => format!("; {} left as they are", counted(count, "conflict", "conflicts")),
        };
        let obstacle = it.obstacle.as_deref().map_or_else(String::new, |it| {
            format!("; not everything could be put back: {}", isolated(it))
        });
        items += &format!(
            "<li>put back {} of {}{conflicts}{obstacle}</li>\n",
            counted(it.rows, "row", "rows"),
            isolated(&it.table.to_string())
        );
    }
    if items.is_empty() { items } else { format!("<h4>Kept</h4>\n<ul>\n{items}</ul>\n") }
}

/// What was said, with when.
pub(super) fn messages(messages: &[Message]) -> String {
    if messages.is_empty() {
        return String::new();
    }
    let items = joined(messages, |it| {
        let who = match it.kind {
            MessageKind::Notice => "notice: ",
            MessageKind::Warning => "warning: ",
            MessageKind::Remark => "",
            MessageKind::Decision => "asked ",
        };
        let after = took(it.offset);
        format!("<li><span class=\"time\">+{after}</span> {who}{}</li>\n", isolated(&it.text))
    });
    format!("<h4>Said meanwhile</h4>\n<ul class=\"messages\">\n{items}</ul>\n")
}

/// The tables before and behind the run.
pub(super) fn tables(timeline: &Timeline) -> String {
    if timeline.tables.is_empty() {
        return String::new();
    }
    let size = |it: Option<crate::database::TableSize>| {
        it.map_or_else(
            || "&ndash;".to_owned(),
            |it| {
                format!(
                    "{} <span class=\"more\">{} and {} of indexes</span>",
                    bytes(it.total),
                    bytes(it.table),
                    bytes(it.indexes)
                )
            },
        )
    };
    let rows: Vec<Vec<String>> = timeline
        .tables
        .iter()
        .map(|it| vec![isolated(&it.table.to_string()), size(it.before), size(it.after)])
        .collect();
    let table = table("Sizes", &["Table", "Before", "After"], &rows);
    format!(
        "<section aria-labelledby=\"tables\">\n<h2 id=\"tables\">Tables</h2>\n{table}</section>\n"
    )
}
