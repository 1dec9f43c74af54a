//! Backfills: an UPDATE or DELETE of a table in use, in short transactions.
//!
//! The table's blocks are cut into parts when the backfill begins. Workers take a part each and go
//! through it batch by batch; a batch's transaction changes its rows, writes down what it overwrites
//! and how far the part has come. A controller sets how large batches are and how many work, by what
//! the server is seen to suffer. In the end the table is looked through for rows that still match.

mod batch;
mod change;
mod compose;
mod control;
mod crew;
mod desk;
mod estimate;
mod fault;
mod follower;
mod ground;
mod growth;
mod hand;
mod leisure;
mod pieces;
mod pilot;
mod progress;
mod record;
mod refused;
mod restraint;
mod run;
mod shared;
mod start;
mod store;
mod sweep;
mod tuning;
mod watch;
mod whole;

pub use desk::{cancel, help, pause, retune, work_at};
pub use estimate::{BackfillEstimate, Outlook, estimate};
pub use fault::{BackfillFault, Refusal};
pub use progress::{BackfillDone, BackfillProgress};
pub use record::{Detail, Job as BackfillJob, Place};
pub use refused::RefusedRow;
pub use restraint::Restraint;
pub use store::Store as BackfillStore;
pub use tuning::{LONGEST_BATCH, Retuning, Tuning};

pub(super) use run::{Means, carry_out, close, find, tell_resumed};
pub(super) use start::Work;
pub(super) use whole::{one_piece, reason_for_one_piece};
