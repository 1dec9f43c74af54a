//! Hazards of `SQLite`: one rule, one file.

pub(in crate::sql) mod alter_unsupported;
mod known;
mod read;
pub(in crate::sql) mod rebuild_loses_objects;
pub(in crate::sql) mod rebuild_with_foreign_keys;
pub(in crate::sql) mod rename_before_rebuild;
mod rule;
mod scene;
pub(in crate::sql) mod type_affinity;
pub(in crate::sql) mod without_rowid_backfill;

#[cfg(test)]
mod tests;

pub use known::SqliteSchema;
pub(in crate::sql) use rule::SqliteHazard;
use scene::Scene;

use super::version::SqliteVersion;
use crate::sql::script::ParsedScript;

/// What finds the hazards of a script, each its own.
static FINDERS: [fn(&Scene<'_>) -> Vec<SqliteHazard>; 6] = [
    alter_unsupported::find,
    rebuild_loses_objects::find,
    rebuild_with_foreign_keys::find,
    rename_before_rebuild::find,
    type_affinity::find,
    without_rowid_backfill::find,
];

/// The hazards of a script in the order of its text. `before` is what scripts before it have made.
pub(in crate::sql) fn hazards(
    text: &str,
    script: &ParsedScript,
    minimum: SqliteVersion,
    before: &SqliteSchema,
) -> Vec<SqliteHazard> {
    let scene = Scene::new(text, script, minimum, before);
    let mut found: Vec<_> = FINDERS.iter().flat_map(|find| find(&scene)).collect();
    found.sort_by_key(|hazard| (hazard.at, hazard.rule.id));
    found
}
