//! The commands: one file each, with its arguments and `run`. Commands never call commands.

pub mod backfill;
pub mod backup;
mod blockers;
pub mod check;
pub mod cleanup;
mod confirm;
mod context;
pub mod diff;
mod file;
mod hazards;
pub mod init;
pub mod lint;
pub mod migrate;
pub mod new;
pub mod plan;
pub mod prove;
mod rehearsal;
mod reporting;
pub mod rollback;
mod saving;
mod scratch;
pub mod sets;
pub mod snapshot;
mod sources;
pub mod status;
mod tuning;
pub mod verify;

pub use context::{Context, Failure};
