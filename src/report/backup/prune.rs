//! `backup prune`.

use serde_json::json;

use super::entry::{Places, direction, entry_json, table_name};
use crate::engine::Pruning;
use crate::model::Backup;
use crate::report::status::heading;
use crate::report::text::{bytes, counted, grouped, table};
use crate::report::{Document, Subject};

/// What goes and what stays: the question's ground.
pub fn prune_text(pruning: &Pruning) -> String {
    let mut text = String::new();
    let (lost, copies): (Vec<_>, Vec<_>) = pruning.pruned.iter().partition(|it| it.lost.is_some());
    if !copies.is_empty() {
        text += "To be dropped:\n";
        text += &table(&copies.iter().map(|it| row(&it.backup, None)).collect::<Vec<_>>());
    }
    if !lost.is_empty() {
        text += "Lost for good, since it may be nowhere else:\n";
        let rows = lost.iter().map(|it| row(&it.backup, it.lost.as_deref()));
        text += &table(&rows.collect::<Vec<_>>());
    }
    text + &skipped_text(pruning)
}

fn skipped_text(pruning: &Pruning) -> String {
    if pruning.skipped.is_empty() {
        return String::new();
    }
    let rows = pruning.skipped.iter().map(|it| row(&it.backup, Some(&it.reason)));
    let rows = table(&rows.collect::<Vec<_>>());
    format!("Left alone; with its ID and --force it goes all the same:\n{rows}")
}

fn row(backup: &Backup, reason: Option<&str>) -> Vec<String> {
    let rows = if backup.rows == 1 { "row" } else { "rows" };
    let mut row = vec![
        backup.id.to_string(),
        format!("{} ({})", backup.label(), direction(backup)),
        table_name(backup),
        format!("{} {rows}", grouped(backup.rows)),
        bytes(backup.bytes),
    ];
    row.extend(reason.map(str::to_owned));
    row
}

/// What was pruned, or would be.
pub fn prune_document(subject: &Subject, pruning: &Pruning, dry_run: bool) -> Document {
    let pruned = pruning.pruned.iter().map(|it| entry_json(&it.backup, &Places::of(&it.backup)));
    let skipped =
        pruning.skipped.iter().map(|it| json!({ "id": it.backup.id, "reason": it.reason }));
    let body = json!({
        "pruned": pruned.collect::<Vec<_>>(),
        "skipped": skipped.collect::<Vec<_>>(),
        "dry_run": dry_run,
    });
    let freed: u64 = pruning.pruned.iter().map(|it| it.backup.bytes).sum();
    let count = counted(pruning.pruned.len(), "backup", "backups");
    let heading = heading(subject);
    let text = match (pruning.pruned.is_empty(), dry_run) {
        (true, _) => format!("{heading}: no backup to prune\n{}", skipped_text(pruning)),
        (false, true) => format!(
            "{heading}\n\n{}\n{count} to prune, {}; nothing was changed\n",
            prune_text(pruning),
            bytes(freed)
        ),
        (false, false) => {
            format!(
                "{heading}\n\n{}{count} pruned, {} freed\n",
                skipped_text(pruning),
                bytes(freed)
            )
        }
    };
    Document::new("backup prune", 0, body, text)
}
