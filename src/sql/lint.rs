//! What `lint` finds besides hazards, and the names of all it finds.

use super::directives::{listed, nearest};
use super::hazards::CATALOGUE;

/// An `allow` that does not say why.
pub const ALLOW_WITHOUT_REASON: &str = "allow-without-reason";
/// An `allow` of a hazard that the statement does not have.
pub const UNUSED_ALLOW: &str = "unused-allow";
/// An `allow` of a hazard that does not exist.
pub const UNKNOWN_HAZARD: &str = "unknown-hazard";
/// A script that `migrate` would refuse to read. Its level cannot be set.
pub const INVALID_SCRIPT: &str = "invalid-script";
/// A file that is no script: not there, not UTF-8, misnamed. Its level cannot be set.
pub const INVALID_FILE: &str = "invalid-file";

/// The names of all findings whose level can be set.
pub fn lint_ids() -> impl Iterator<Item = &'static str> {
    CATALOGUE.into_iter().map(|rule| rule.id)
}

/// The names nearest to a misspelt one, as a list in a sentence.
pub fn nearest_lint_ids(id: &str) -> String {
    let near = nearest(lint_ids(), id);
    listed(&near[..near.len().min(3)])
}
