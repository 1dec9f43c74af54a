//! Backups in an operator's hands: what they hold is put back while their step stands, or whenever
//! else somebody wants it, and those that nobody needs go.

mod displaced;
mod examples;
mod fault;
mod prune;
mod remake;
mod restore;
mod sight;
mod transact;
mod view;

pub use examples::{RowExample, RowFate};
pub use fault::BackupFault;
pub use prune::{Pruned, Pruning, Selection, Skipped, plan_prune, prune};
pub use remake::Unmade;
pub use restore::{Altered, Choice, Conflicts, Digests, Restoration, restore};
pub use transact::Desk;
