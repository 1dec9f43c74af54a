//! `snapshot`, where it wrote a file.

use std::path::Path;

use serde_json::json;

use super::Document;
use super::text::counted;
use crate::catalog::Catalog;

/// What the file holds.
pub fn snapshot_document(catalog: &Catalog, file: &Path) -> Document {
    let count = catalog.objects.len();
    let digest = catalog.digest();
    let body = json!({
        "file": file.display().to_string(),
        "schemas": catalog.scope.schemas,
        "objects": count,
        "digest": digest,
    });
    let objects = counted(count, "object", "objects");
    let text = format!("{}: {objects}, digest {digest}\n", file.display());
    Document::new("snapshot", 0, body, text)
}
