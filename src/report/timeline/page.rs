//! The page: one file without scripts, and without anything from elsewhere.

use super::chart::chart;
use super::escape::{clock, code, escaped, isolated, joined, took};
use super::figures::{figures, outcome};
use super::steps::{blockers, messages, steps, tables, waits};
use crate::engine::{Failed, Timeline};
use crate::report::text::timestamp;

/// The time line for people: one page that holds all it needs.
pub fn timeline_html(timeline: &Timeline) -> String {
    let (class, word) = outcome(timeline);
    let database = timeline.database.as_deref().unwrap_or("no database");
    let title = format!("turnback {}: {word}, {database}", timeline.command);
    let error = timeline.error.as_ref().map_or_else(String::new, error);
    let before = waits(&timeline.tries) + &messages(&timeline.messages);
    let before = if before.is_empty() {
        before
    } else {
        format!("<section>\n<h2>Around the steps</h2>\n{before}</section>\n")
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>\n{css}</style>\n</head>\n<body>\n<main>\n\
         <header class=\"{class}\">\n<h1>turnback {command} <span class=\"badge {class}\">{word}</span></h1>\n\
         <p>{database} &middot; {when}</p>\n</header>\n\
         {figures}{error}{chart}{steps}{tables}{before}{facts}</main>\n</body>\n</html>\n",
        title = escaped(&title),
        css = include_str!("style.css"),
        command = timeline.command,
        database = isolated(database),
        when = timestamp(timeline.started_at),
        figures = figures(timeline),
        chart = chart(timeline),
        steps = steps(timeline),
        tables = tables(timeline),
        facts = facts(timeline),
    )
}

fn error(it: &Failed) -> String {
    let mut html = format!(
        "<section class=\"error\" aria-labelledby=\"error\">\n<h2 id=\"error\">What failed</h2>\n\
         <p class=\"message\">{}</p>\n",
        isolated(&it.message)
    );
    html += &place(it);
    let mut facts = Vec::new();
    if let Some(state) = &it.sqlstate {
        let name = if state.starts_with("SQLITE") { "Code" } else { "SQLSTATE" };
        facts.push((name, code(state)));
    }
    let texts = [("Detail", &it.detail), ("Hint", &it.server_hint), ("Context", &it.context)];
    let given = texts.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?)));
    facts.extend(given.map(|(name, text)| (name, isolated(text))));
    html += &list(&facts);
    html += &blockers(&it.blockers);
    if let Some(diff) = &it.diff {
        html += &format!("<pre dir=\"ltr\"><code>{}</code></pre>\n", escaped(diff));
    }
    html += &lines("What stands", &it.stands);
    html += &lines("What to do next", &it.next);
    html + "</section>\n"
}

/// The line it happened in, with a caret below the place.
fn place(it: &Failed) -> String {
    let Some(file) = &it.file else { return String::new() };
    let at = match (it.line, it.column) {
        (Some(line), Some(column)) => format!("{file}:{line}:{column}"),
        _ => file.clone(),
    };
    let excerpt = match (&it.line_text, it.column) {
        (Some(text), Some(column)) => {
            let caret = format!("{}^", " ".repeat(column.saturating_sub(1)));
            let text = text.replace('\t', " ");
            format!("<pre dir=\"ltr\"><code>{}\n{caret}</code></pre>\n", escaped(&text))
        }
        _ => String::new(),
    };
    format!("<p>{}</p>\n{excerpt}", code(&at))
}

fn lines(head: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let items = joined(lines, |it| format!("<li>{}</li>\n", isolated(it)));
    format!("<h3>{head}</h3>\n<ul>\n{items}</ul>\n")
}

fn list(facts: &[(&str, String)]) -> String {
    if facts.is_empty() {
        return String::new();
    }
    let items = joined(facts, |(name, value)| format!("<dt>{name}</dt><dd>{value}</dd>\n"));
    format!("<dl>\n{items}</dl>\n")
}

fn facts(timeline: &Timeline) -> String {
    let version = |it: &String| {
        let engine = timeline.engine.map(|it| it.to_string()).unwrap_or_default();
        isolated(&format!("{engine} {it}"))
    };
    let given = [
        ("Database", timeline.database.as_ref().map(|it| isolated(it))),
        ("Set", timeline.set.as_ref().map(|it| isolated(it))),
        ("Schema", timeline.schema.as_ref().map(|it| isolated(it))),
        ("Server", timeline.server_version.as_ref().map(version)),
        ("Role", timeline.role.as_ref().map(|it| isolated(it))),
        ("Operator", timeline.operator.as_ref().map(|it| isolated(it))),
        ("Ran on", timeline.host.as_ref().map(|it| isolated(it))),
        ("Plan", timeline.plan_hash.as_ref().map(|it| code(it))),
        (
            "Began",
            Some(format!("{} ({})", timestamp(timeline.started_at), clock(timeline.started_at))),
        ),
        ("Ended", Some(format!("{} ({})", timestamp(timeline.ended_at), clock(timeline.ended_at)))),
        ("Took", Some(took(timeline.took))),
        ("Exit code", Some(timeline.exit_code.to_string())),
        ("turnback", Some(timeline.turnback_version.to_owned())),
    ];
    let facts: Vec<(&str, String)> =
        given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    format!(
        "<section aria-labelledby=\"facts\">\n<h2 id=\"facts\">The run</h2>\n{}</section>\n",
        list(&facts)
    )
}
