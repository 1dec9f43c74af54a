//! One object that differs, for people and for machines.

use similar::TextDiff;

use super::object::object_text;
use crate::catalog::{CatalogObject, Difference};
use crate::model::Drift;

/// Lines around a change that are shown with it.
const CONTEXT: usize = 3;

impl Difference {
    /// The difference in words; what an object is made of stands there as text.
    pub fn describe(&self) -> Drift {
        Drift {
            kind: self.key.kind.word(),
            object: self.key.path(),
            change: self.change.name(),
            expected: self.expected.as_ref().map(object_text),
            actual: self.actual.as_ref().map(object_text),
        }
    }
}

/// A difference with its definitions: as it should be (`-`), as it is (`+`).
pub fn difference_text(it: &Difference) -> String {
    let text =
        |object: &Option<CatalogObject>| object.as_ref().map(object_text).unwrap_or_default();
    let (expected, actual) = (text(&it.expected), text(&it.actual));
    let mut lines = format!("  {}: {}\n", it.change.word(), it.key);
    let diff = TextDiff::from_lines(&expected, &actual);
    let mut unified = diff.unified_diff();
    unified.context_radius(CONTEXT);
    let hunks: Vec<_> = unified.iter_hunks().collect();
    if hunks.is_empty() {
        lines += "    differs only in line ends\n";
    }
    for hunk in &hunks {
        // A definition is short: where its parts lie is worth a line only if some are left out.
        if hunks.len() > 1 {
            lines += &format!("    {}\n", hunk.header());
        }
        for change in hunk.iter_changes() {
            lines += format!("    {} {}", change.tag(), change.value()).trim_end();
            lines.push('\n');
        }
    }
    lines
}
