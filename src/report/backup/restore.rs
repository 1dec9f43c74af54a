//! `backup restore`.

use serde_json::{Map, Value, json};

use super::entry::{Places, direction, entry_json};
use crate::engine::{Restoration, RowExample, RowFate};
use crate::model::quoted_where_needed;
use crate::report::status::heading;
use crate::report::text::grouped;
use crate::report::{Document, Subject};

/// What a restore would do: the question's ground.
pub fn restore_text(done: &Restoration) -> String {
    told(done, Tense::Ahead)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tense {
    Ahead,
    Done,
}

impl Tense {
    const fn pick<'a>(self, ahead: &'a str, done: &'a str) -> &'a str {
        match self {
            Self::Ahead => ahead,
            Self::Done => done,
        }
    }
}

fn told(done: &Restoration, tense: Tense) -> String {
    let backup = &done.backup;
    let (label, way) = (backup.label(), direction(backup));
    let mut text = format!("Backup {} into {}, from {label} ({way}):\n", backup.id, done.table);
    for line in lines(done, tense) {
        text += &format!("  {line}\n");
    }
    for example in &done.examples {
        text += &example_text(example, tense);
    }
    text
}

fn lines(done: &Restoration, tense: Tense) -> Vec<String> {
    let mut lines = Vec::new();
    if done.made_again {
        let verb = tense.pick("is made again", "was made again");
        lines.push(format!(
            "the table {verb}: columns, constraints and indexes, but no grants, triggers or policies"
        ));
    }
    for unmade in &done.unmade {
        lines.push(format!("not made: {}: {}", unmade.statement, unmade.reason));
    }
    let mut count = |rows: u64, one: &str, many: &str| {
        if rows > 0 {
            lines.push(format!("{} {}", grouped(rows), if rows == 1 { one } else { many }));
        }
    };
    let get = tense.pick("row gets its saved values back", "row got its saved values back");
    let gets = tense.pick("rows get their saved values back", "rows got their saved values back");
    count(done.updated, get, gets);
    count(
        done.inserted,
        tense.pick("row comes back", "row came back"),
        tense.pick("rows come back", "rows came back"),
    );
    count(
        done.overwritten,
        tense.pick(
            "row was changed since, and is overwritten; what it holds is saved first",
            "row was changed since, and was overwritten; what it held was saved first",
        ),
        tense.pick(
            "rows were changed since, and are overwritten; what they hold is saved first",
            "rows were changed since, and were overwritten; what they held was saved first",
        ),
    );
    count(
        done.conflicts,
        "row was changed since, and stays as it is",
        "rows were changed since, and stay as they are",
    );
    count(done.same, "row holds its saved values", "rows hold their saved values");
    count(done.absent, "row is gone, and stays gone", "rows are gone, and stay gone");
    if let Some(digests) = &done.altered {
        lines.push(format!("the backup was changed by somebody: {}", digests.difference()));
    }
    lines
}

/// `conflict: id 2: saved email a@b; now email c@d`.
fn example_text(example: &RowExample, tense: Tense) -> String {
    let named = |values: &[(String, Option<String>)]| {
        let values = values.iter().map(|(name, value)| {
            let value = value.as_deref().unwrap_or("NULL");
            format!("{} {value}", quoted_where_needed(name))
        });
        values.collect::<Vec<_>>().join(", ")
    };
    let (row, saved) = (named(&example.row), named(&example.saved));
    let word = example.fate.word();
    let when = match example.fate {
        RowFate::Restored | RowFate::Overwritten => tense.pick("now", "before"),
        RowFate::Conflict | RowFate::Inserted => "now",
    };
    match &example.present {
        None if saved.is_empty() => format!("    {word}: {row}\n"),
        None => format!("    {word}: {row}: {saved}\n"),
        Some(present) => format!("    {word}: {row}: saved {saved}; {when} {}\n", named(present)),
    }
}

/// What was put back, or would be.
pub fn restore_document(subject: &Subject, done: &Restoration, dry_run: bool) -> Document {
    let backup = &done.backup;
    let (displaced, conflicts_place) = (done.displaced.as_ref(), done.conflicts_place.as_ref());
    let body = json!({
        "backup": entry_json(backup, &Places::of(backup)),
        "table": done.table,
        "table_made_again": done.made_again,
        "not_made": done.unmade.iter().map(|it| json!({
            "statement": it.statement,
            "reason": it.reason,
        })).collect::<Vec<_>>(),
        "restored_rows": done.updated,
        "inserted_rows": done.inserted,
        "overwritten_rows": done.overwritten,
        "overwritten_backup": displaced.map(|it| entry_json(it, &Places::of(it))),
        "conflicts": done.conflicts,
        "conflicts_place": conflicts_place,
        "unchanged_rows": done.same,
        "absent_rows": done.absent,
        "altered": done.altered.as_ref().map(|it| json!({
            "registered_hash": it.registered,
            "found_hash": it.found,
        })),
        "examples": done.examples.iter().map(example_json).collect::<Vec<_>>(),
        "dry_run": dry_run,
    });
    let tense = if dry_run { Tense::Ahead } else { Tense::Done };
    let mut text = format!("{}\n\n{}", heading(subject), told(done, tense));
    if let Some(displaced) = displaced {
        text += &format!(
            "\nWhat was overwritten is backup {}: `turnback backup restore {0}` puts it back.\n",
            displaced.id
        );
    }
    if let Some(place) = conflicts_place {
        text += &format!("\nRows changed since are listed in {place}");
        text += "; --overwrite puts the saved values there too.\n";
    }
    if done.is_empty() {
        text += "\nThere is nothing to put back.\n";
    } else if dry_run {
        text += "\nNothing was changed.\n";
    }
    Document::new("backup restore", 0, body, text)
}

fn example_json(example: &RowExample) -> Value {
    let object = |values: &[(String, Option<String>)]| -> Value {
        let pairs = values.iter().map(|(name, value)| (name.clone(), json!(value)));
        Value::Object(pairs.collect::<Map<_, _>>())
    };
    json!({
        "outcome": example.fate.word(),
        "row": object(&example.row),
        "saved": object(&example.saved),
        "present": example.present.as_deref().map(object),
    })
}
