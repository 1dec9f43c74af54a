//! Nothing is lost: what a step destroys is saved in its transaction, and comes back when the step
//! is undone.
//!
//! Around the script, in one transaction: the tables it is seen to change are copied while others
//! go on working; then they are locked as the script will lock them, and the copies are made
//! exact. Behind the script, what the undone step had saved is put back; the copies shrink to what
//! was really destroyed; and what was destroyed without a copy keeps the step from being committed.

mod apart;
mod choosing;
mod chosen;
mod conversion;
mod dialect;
mod foresee;
mod journal;
mod keeper;
mod left;
mod loss;
mod manual;
mod parts;
mod put;
mod relation;
mod request;
mod restore;
mod returning;
mod saving;
mod scope;
mod settle;
mod touched;
mod unit;
mod write;

pub use foresee::{Foreseen, Foresight, Returning, foresee_saving};
pub use loss::{Loss, LossKind};
pub use manual::{
    Altered, BackupFault, Choice, Conflicts, Desk, Digests, Pruned, Pruning, Restoration,
    RowExample, RowFate, Selection, Skipped, Unmade, plan_prune, prune, restore,
};

pub(super) use journal::{Doing, Journal, Unwritable, known_content, settle_journal};
pub(super) use keeper::{BackupKeeper, Patience};
pub(super) use scope::{OtherWay, Part};

use crate::model::{Backup, ObjectName};

/// What is saved of what a run destroys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saving {
    /// Nothing: it is lost, and the operator agreed.
    Nothing,
    /// What is destroyed.
    Destroyed,
    /// Every table the scripts change, whole.
    Full,
}

/// What was saved of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The backup as it was registered.
    pub backup: Backup,
}

/// What was put back into a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The table.
    pub table: ObjectName,
    /// The table that holds the saved rows.
    pub place: ObjectName,
    /// How many rows got values back, or came back.
    pub rows: u64,
    /// How many rows did not, because they were changed since.
    pub conflicts: u64,
    /// The table that lists them with what they hold; the saved values are in `place`.
    pub conflicts_place: Option<ObjectName>,
    /// Some of them, as text.
    pub examples: Vec<String>,
    /// Why not everything was put back, if so.
    pub obstacle: Option<String>,
}
