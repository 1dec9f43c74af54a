//! `init`, `new`, `sets export`.

use serde_json::json;

use super::Document;
use crate::sets::Scaffolded;

/// The files that were written, and what to do next.
pub fn scaffold_document(command: &'static str, written: &Scaffolded, next: &str) -> Document {
    let files: Vec<String> = written.files.iter().map(|path| path.display().to_string()).collect();
    let text = format!("wrote {}\nnext: {next}\n", files.join("\nwrote "));
    Document::new(command, 0, json!({ "files": files }), text)
}
