//! `diff`.

use serde_json::json;

use super::{Document, drift_json, drift_summary, drift_text};
use crate::catalog::Difference;

/// What was compared with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Where what should be comes from.
    pub expected: String,
    /// Where what is comes from.
    pub actual: String,
    /// How many objects what is has.
    pub objects: usize,
}

/// The differences; exit code 4 when one of them matters.
pub fn diff_document(compared: &Compared, differences: &[Difference]) -> Document {
    let Compared { expected, actual, objects } = compared;
    let is_equal = !differences.iter().any(|it| it.change.matters());
    let body = json!({
        "from": expected,
        "to": actual,
        "equal": is_equal,
        "objects": objects,
        "drift": drift_json(differences),
    });
    let mut text = format!("expected (-): {expected}\nactual (+):   {actual}\n\n");
    if differences.is_empty() {
        text += &format!("no difference in {objects} objects\n");
    } else {
        text += &drift_text(differences);
        text += &format!("\n{}\n", drift_summary(differences));
    }
    Document::new("diff", if is_equal { 0 } else { 4 }, body, text)
}
