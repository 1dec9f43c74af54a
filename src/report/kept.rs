//! What was saved and what was put back, and what would be.

use serde_json::{Value, json};

use super::text::{bytes, counted, grouped, table};
use crate::engine::{Foreseen, Foresight, Restored, Returning, Saved, StepDone};
use crate::model::{ObjectName, SavedTable, quoted_where_needed};

/// How many columns are named.
const SHOWN: usize = 8;

/// `app.users(ip, user_agent)`, or the table alone where whole rows are meant.
pub(super) fn table_and_columns(table: &ObjectName, columns: &[String]) -> String {
    if columns.is_empty() {
        return table.to_string();
    }
    let shown = columns.iter().take(SHOWN);
    let mut names: Vec<String> = shown.map(|name| quoted_where_needed(name)).collect();
    if let Some(more @ 1..) = columns.len().checked_sub(SHOWN) {
        names.push(format!("{more} more"));
    }
    format!("{table}({})", names.join(", "))
}

/// The table a backup is of, by the name it had.
pub(super) fn source(table: &SavedTable) -> ObjectName {
    ObjectName { schema: table.schema.clone(), name: table.table.clone() }
}

/// The columns that were saved; none where whole rows were.
pub(super) fn columns(table: &SavedTable) -> Vec<String> {
    if table.whole {
        return Vec::new();
    }
    table.columns.iter().map(|column| column.name.clone()).collect()
}

/// What a step saved and put back, one line each.
pub(super) fn kept_text(step: &StepDone) -> String {
    let mut text = String::new();
    for Saved { backup } in &step.saved {
        let what = table_and_columns(&source(&backup.table), &columns(&backup.table));
        text += &format!(
            "{}: saved {what}, {} in {}, as backup {}\n",
            step.label(),
            rows(backup.rows),
            bytes(backup.bytes),
            backup.id
        );
    }
    for it in &step.restored {
        text += &restored_text(&step.label(), it);
    }
    text
}

fn restored_text(label: &str, it: &Restored) -> String {
    let mut text = String::new();
    if it.rows > 0 {
        text += &format!("{label}: put back {} of {}\n", rows(it.rows), it.table);
    }
    if let Some(obstacle) = &it.obstacle {
        text += &format!(
            "{label}: not everything could be put back: {obstacle}; it stays in {}\n",
            it.place
        );
    }
    if let Some(place) = &it.conflicts_place {
        let count =
            counted(usize::try_from(it.conflicts).unwrap_or(usize::MAX), "conflict", "conflicts");
        text += &format!(
            "{label}: {count} in {}: changed since, and left as found; saved values in {}, found \
             ones in {place}\n",
            it.table, it.place
        );
        let shown: Vec<Vec<String>> = it.examples.iter().map(|row| vec![row.clone()]).collect();
        text += &table(&shown);
    }
    text
}

fn rows(count: u64) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{} rows", grouped(count)) }
}

/// What a step saved, for JSON.
pub(super) fn saved_json(saved: &[Saved]) -> Value {
    saved
        .iter()
        .map(|Saved { backup }| {
            json!({
                "backup": backup.id,
                "table": source(&backup.table),
                "columns": columns(&backup.table),
                "rows": backup.rows,
                "bytes": backup.bytes,
                "hash": backup.hash,
                "place": backup.table.place,
            })
        })
        .collect()
}

/// What a step put back, for JSON.
pub(super) fn restored_json(restored: &[Restored]) -> Value {
    restored
        .iter()
        .map(|it| {
            json!({
                "table": it.table,
                "place": it.place,
                "rows": it.rows,
                "conflicts": it.conflicts,
                "conflicts_place": it.conflicts_place,
                "examples": it.examples,
                "obstacle": it.obstacle,
            })
        })
        .collect()
}

/// What a plan would save and bring back, for people.
pub(super) fn foresight_text(foresight: &Foresight, saves: bool) -> String {
    let mut text = String::new();
    if !foresight.saves.is_empty() {
        text += if saves {
            "Saved first, and kept for the way back:\n"
        } else {
            "Not saved, and lost for good:\n"
        };
        text += &table(&foresight.saves.iter().map(foreseen_row).collect::<Vec<_>>());
    }
    if saves && !foresight.opaque.is_empty() {
        text += &format!(
            "What blocks and procedures of {} do is seen only when they run; what they destroy \
             unsaved is not committed.\n",
            foresight.opaque.join(", ")
        );
    }
    if !foresight.returns.is_empty() {
        text += "Brought back:\n";
        text += &table(&foresight.returns.iter().map(returning_row).collect::<Vec<_>>());
    }
    text
}

fn foreseen_row(it: &Foreseen) -> Vec<String> {
    let mut size = Vec::new();
    size.extend(it.rows.map(|count| format!("about {}", rows(count))));
    size.extend(it.bytes.map(bytes));
    vec![table_and_columns(&it.table, &it.columns), size.join(", "), it.label.clone()]
}

fn returning_row(it: &Returning) -> Vec<String> {
    let backup = &it.backup;
    let what = table_and_columns(&source(&backup.table), &columns(&backup.table));
    vec![what, rows(backup.rows), format!("backup {}", backup.id)]
}

/// The same for JSON.
pub(super) fn foresight_json(foresight: &Foresight) -> (Value, Value) {
    let saves = foresight.saves.iter().map(|it| {
        json!({
            "step": it.label,
            "table": it.table,
            "columns": it.columns,
            "rows": it.rows,
            "bytes": it.bytes,
        })
    });
    let returns = foresight.returns.iter().map(|it| {
        json!({
            "step": it.label,
            "backup": it.backup.id,
            "table": source(&it.backup.table),
            "columns": columns(&it.backup.table),
            "rows": it.backup.rows,
        })
    });
    (saves.collect(), returns.collect())
}
