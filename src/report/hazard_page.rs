//! What is known of a hazard, as a page of the documentation.

use crate::model::Engine;
use crate::sql::{CATALOGUE, Cost, Example, HazardLevel, HazardRule};

/// The page of one hazard, in Markdown.
pub fn hazard_page(rule: &HazardRule) -> String {
    let title = format!("{}.", capitalised(rule.title));
    let mut page = format!("# {}\n\n{}\n", rule.id, wrapped(&title));
    page += "| | |\n|---|---|\n";
    for (name, value) in facts(rule) {
        page += &format!("| {name} | {value} |\n");
    }
    let trigger = format!("It is found in: {}.", rule.trigger);
    page += &format!("\n{}\n{}", wrapped(&trigger), wrapped(rule.why));
    page += &forms(rule);
    if let Some(acquittal) = rule.acquittal {
        page +=
            "\n## When it is none\n\nWith a database to ask, it is no hazard if this holds:\n\n";
        page += &wrapped(acquittal);
    }
    page + &acceptance(rule)
}

/// The table of all hazards, in Markdown.
pub fn hazard_index() -> String {
    let mut page = String::from(
        "# Hazards\n\nStatements that are known to hurt a database in use. `migrate` refuses those of \
         level `error` unless\nthey are accepted; `plan` and `lint` name all of them.\n\n\
         | hazard | level | lock | cost | what is dangerous |\n|---|---|---|---|---|\n",
    );
    for rule in CATALOGUE {
        let lock = rule.lock.map(|lock| lock.strength.to_string()).unwrap_or_default();
        page += &format!(
            "| [{id}]({id}.md) | {} | {lock} | {} | {} |\n",
            level(rule.level),
            cost(rule.cost),
            rule.title,
            id = rule.id,
        );
    }
    page
}

fn facts(rule: &HazardRule) -> Vec<(&'static str, String)> {
    let engine = match rule.engine {
        Some(Engine::Postgres) => "PostgreSQL",
        Some(Engine::Sqlite) => "SQLite",
        None => "PostgreSQL, SQLite",
    };
    let mut facts = vec![("level", level(rule.level).to_owned()), ("engine", engine.to_owned())];
    if let Some(lock) = rule.lock {
        facts.push(("lock", format!("{} on {}", lock.strength, lock.on)));
    }
    if !is_about_directives(rule) {
        facts.push(("cost", rule.cost.to_string()));
    }
    facts
}

fn forms(rule: &HazardRule) -> String {
    let Some(Example { bad, safe, .. }) = rule.example else {
        return format!("\n## What to do instead\n\n{}", wrapped(rule.instead));
    };
    let mut text = format!("\n## The bad form\n\n{}", block("sql", bad));
    text += &format!("\n## The safe form\n\n{}", wrapped(rule.instead));
    if safe.len() > 1 {
        text += "\nEach block is a migration of its own.\n";
    }
    for script in safe {
        text += &format!("\n{}", block("sql", script));
    }
    text
}

fn acceptance(rule: &HazardRule) -> String {
    let id = rule.id;
    let mut text = String::new();
    if !is_about_directives(rule) {
        let directive = format!("-- turnback:allow {id} -- the reason why it is acceptable here");
        text +=
            &format!("\n## To accept it\n\nAbove the statement:\n\n{}", block("sql", &directive));
        let flag = format!("turnback migrate --allow-hazard {id}");
        text += &format!("\nFor one run:\n\n{}", block("sh", &flag));
    }
    let settings = format!("[lint.levels]\n{id} = \"off\"");
    text += &format!(
        "\n## To weigh it otherwise\n\nIn `turnback.toml`, as `off`, `note`, `warning` or \
         `error`:\n\n{}",
        block("toml", &settings)
    );
    text
}

/// Whether it is about what accepts hazards, and cannot be accepted itself.
fn is_about_directives(rule: &HazardRule) -> bool {
    rule.engine.is_none()
}

fn block(language: &str, text: &str) -> String {
    format!("```{language}\n{text}\n```\n")
}

/// A paragraph in lines of up to 100 characters, broken nowhere within code.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    let mut is_code = false;
    for word in text.split(' ') {
        let line = lines.last_mut().filter(|line| {
            is_code || line.chars().count() + 1 + word.chars().count() <= WIDTH || line.is_empty()
        });
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => line.extend([" ", word]),
            None => lines.push(word.to_owned()),
        }
        is_code ^= word.matches('`').count() % 2 == 1;
    }
    lines.join("\n") + "\n"
}

/// How wide the documentation is.
const WIDTH: usize = 100;

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + characters.as_str()
}

const fn level(level: HazardLevel) -> &'static str {
    match level {
        HazardLevel::Off => "off",
        HazardLevel::Note => "note",
        HazardLevel::Warning => "warning",
        HazardLevel::Error => "error",
    }
}

/// The cost in a word or two.
const fn cost(cost: Cost) -> &'static str {
    match cost {
        Cost::Rewrite => "rewrite",
        Cost::Scan => "scan",
        Cost::IndexBuild => "index build",
        Cost::RowLocks => "row locks",
        Cost::Lock => "lock",
        Cost::Failure => "failure",
        Cost::Data => "data",
        Cost::Clients => "applications",
        Cost::Unknown => "",
    }
}
