//! `backup list`.

use serde_json::json;
use time::OffsetDateTime;

use super::entry::{Places, columns_text, direction, entry_json, table_name};
use crate::model::{Backup, BackupState};
use crate::report::status::heading;
use crate::report::text::{age, bytes, counted, grouped, table};
use crate::report::{Document, Subject};

/// Every backup on record. `now` is what ages are counted from.
pub fn backup_list_document(
    subject: &Subject,
    backups: &[Backup],
    now: OffsetDateTime,
) -> Document {
    let entries: Vec<_> =
        backups.iter().map(|backup| entry_json(backup, &Places::of(backup))).collect();
    let text = list_text(subject, backups, now);
    Document::new("backup list", 0, json!({ "backups": entries }), text)
}

fn list_text(subject: &Subject, backups: &[Backup], now: OffsetDateTime) -> String {
    let heading = heading(subject);
    if backups.is_empty() {
        return format!("{heading}: no backups\n");
    }
    let head = ["ID", "STEP", "TABLE", "COLUMNS", "ROWS", "SIZE", "AGE", "STATE", "PLACE"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(backups.iter().map(|backup| {
        vec![
            backup.id.to_string(),
            format!("{} ({})", backup.label(), direction(backup)),
            table_name(backup),
            columns_text(backup),
            grouped(backup.rows),
            bytes(backup.bytes),
            age(now - backup.taken_at),
            state_text(backup),
            Places::of(backup).place.to_string(),
        ]
    }));
    let total: u64 = backups.iter().map(|it| it.bytes).sum();
    let count = counted(backups.len(), "backup", "backups");
    format!("{heading}\n\n{}\n{count}, {}\n", table(&rows), bytes(total))
}

fn state_text(backup: &Backup) -> String {
    let state = match backup.state {
        BackupState::Kept => "kept",
        BackupState::Restored => "restored",
        BackupState::SetAside => "set aside",
    };
    match backup.conflicts {
        0 => state.to_owned(),
        1 => format!("{state}, 1 conflict"),
        count => format!("{state}, {} conflicts", grouped(count)),
    }
}
