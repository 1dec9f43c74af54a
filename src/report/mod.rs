//! Outcomes as text and JSON. Everything here takes values and returns values.

mod backfill;
mod backup;
mod check;
mod ci;
mod cleanup;
mod diff;
mod document;
mod drift;
mod finding;
mod hazard_page;
mod hazards;
mod kept;
mod lint;
mod plan;
mod problem;
mod prove;
mod rehearsal;
mod rollback_preview;
mod run;
mod scaffold;
mod sets;
mod snapshot;
mod status;
mod text;
mod timeline;
mod verify;

pub use backfill::{
    ListedBackfill, RanBackfill, backfill_done_document, backfill_list_document,
    backfill_run_document, backfills_ground,
};
pub use backup::{
    backup_list_document, prune_document, prune_text, restore_document, restore_text,
};
pub use check::check_document;
pub use ci::{CiRun, github, gitlab, junit, sarif};
pub use cleanup::{cleanup_document, expired_text};
pub use diff::{Compared, diff_document};
pub use document::{Document, Subject};
pub use drift::{drift_json, drift_summary, drift_text};
pub use finding::{Finding, Findings, Guide, Level, Rule, Sound};
pub use hazard_page::{hazard_index, hazard_page};
pub use lint::{Linted, lint_document};
pub use plan::{Ahead, plan_document};
pub use problem::{failure_document, problem_text};
pub use prove::{Rehearsed, prove_document};
pub use rollback_preview::{
    Removal, drift_ground, drift_problem, loss_ground, preview_text, removals, with_drift,
};
pub use run::run_document;
pub use scaffold::scaffold_document;
pub use sets::sets_document;
pub use snapshot::snapshot_document;
pub use status::status_document;
pub use text::{duration, grouped};
pub use timeline::{timeline_html, timeline_json};
pub use verify::{Against, verify_document};
