//! Plain types that every other folder shares. Nothing here does input or output.

mod backfill;
mod backup;
mod blocker;
mod digest;
mod engine;
mod globals;
mod ledger;
mod number;
mod object;
mod place;
mod problem;
mod target;
mod version;

pub use backfill::{BackfillOf, BackfillState};
pub use backup::{
    Backup, BackupState, Identity, LeftColumn, SavedColumn, SavedSequence, SavedTable,
};
pub use blocker::Blocker;
pub use digest::Digest;
pub use engine::Engine;
pub use globals::Globals;
pub use ledger::{
    CatalogHead, CatalogPair, Event, EventKind, HistoryRow, LedgerState, RecordedMigration,
    StatementProgress, StatementState, StoredScript,
};
pub use number::{bytes, grouped};
pub use object::{
    ColumnNeed, ObjectKind, ObjectName, ObjectRef, quoted_where_needed, write_identifier,
};
pub use place::{Excerpt, LineColumn, char_offset_to_byte};
pub use problem::{Diagnose, Drift, Problem, ProblemKind, ServerMessage};
pub use target::Target;
pub use version::{Version, VersionError};
