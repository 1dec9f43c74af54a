//! `sets`.

use serde_json::json;

use super::Document;
use super::text::table;
use crate::sets::{BundledSet, MigrationSet};

/// The bundled sets.
pub fn sets_document(sets: &[(&BundledSet, MigrationSet)]) -> Document {
    let body = json!({
        "sets": sets.iter().map(|(set, loaded)| json!({
            "name": set.name(),
            "engine": set.manifest.engine,
            "summary": set.manifest.summary,
            "minimum_server": set.manifest.minimum_server,
            "migrations": loaded.migrations.len(),
        })).collect::<Vec<_>>(),
    });
    let mut rows = vec![["SET", "ENGINE", "MIGRATIONS", "WHAT IT IS"].map(str::to_owned).to_vec()];
    for (set, loaded) in sets {
        let minimum = set.manifest.minimum_server.as_deref().unwrap_or_default();
        rows.push(vec![
            set.name().to_owned(),
            format!("{} {minimum}", set.manifest.engine).trim_end().to_owned(),
            loaded.migrations.len().to_string(),
            set.manifest.summary.clone(),
        ]);
    }
    Document::new("sets", 0, body, table(&rows))
}
