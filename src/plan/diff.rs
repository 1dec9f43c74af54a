//! Differences between two texts.

use similar::TextDiff;

/// A unified diff with three lines of context; `None` when the texts are equal.
pub fn unified_diff(old_name: &str, old: &str, new_name: &str, new: &str) -> Option<String> {
    if old == new {
        return None;
    }
    let diff = TextDiff::from_lines(old, new);
    Some(diff.unified_diff().context_radius(3).header(old_name, new_name).to_string())
}
