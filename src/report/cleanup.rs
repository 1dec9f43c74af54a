//! `cleanup`.

use serde_json::json;

use super::status::heading;
use super::text::{grouped, table};
use super::{Document, Subject};
use crate::engine::Retained;

/// What goes, or went, table by table.
pub fn expired_text(retained: &[Retained]) -> String {
    let rows: Vec<Vec<String>> = retained
        .iter()
        .map(|it| vec![it.rule.table.clone(), grouped(it.rows), it.rule.because.clone()])
        .collect();
    table(&rows)
}

/// What was counted (`deleted` false) or deleted.
pub fn cleanup_document(subject: &Subject, retained: &[Retained], deleted: bool) -> Document {
    let total: u64 = retained.iter().map(|it| it.rows).sum();
    let body = json!({
        "deleted": deleted,
        "rows": total,
        "tables": retained.iter().map(|it| json!({
            "table": it.rule.table,
            "rows": it.rows,
            "delete_when": it.rule.delete_when,
            "because": it.rule.because,
        })).collect::<Vec<_>>(),
    });
    let rows = if total == 1 { "row" } else { "rows" };
    let verb = if deleted { "deleted" } else { "to delete; nothing was changed" };
    let text = format!(
        "{}\n\n{}\n{} {rows} {verb}\n",
        heading(subject),
        expired_text(retained),
        grouped(total)
    );
    Document::new("cleanup", 0, body, text)
}
