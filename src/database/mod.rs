//! Databases: the contract every engine fulfils, and the only home of drivers.

pub mod contract;
pub mod error;
mod history;
mod interrupt;
mod open;
pub mod postgres;
pub mod scratch;
pub mod sqlite;

pub use contract::{
    Answer, BatchStart, BypassReason, Capabilities, CatalogRecord, Catalogs, Colleagues,
    ColumnShape, Concurrent, DeletedBatch, Ending, HeldLock, HistoryChange, IndexState, Judge,
    Keep, Keeper, Keeping, LockAttempt, LockHolder, Noted, Notice, Ongoing, OpenTransaction,
    PartitionState, PolicyBypass, ProgressMark, Reading, RowCount, Rows, ServerFacts, Session,
    Share, StatementClock, StatementRun, StepTransaction, StoredCatalog, TableDigest, TableLock,
    TableShape, TableSize, TimedRun, Touch,
};
pub use error::DatabaseError;
pub use interrupt::Interrupt;
pub use open::{copy_rows, open};
pub use postgres::{CopiedTable, Likeness, Sample};
pub use scratch::{
    Copier, FetchRefusal, SchemaCopy, Scratch, ScratchDatabase, ScratchError, ScratchRequest,
    ScratchStep,
};
