//! Databases: the contract every engine fulfils, and the only home of drivers.

pub mod contract;
pub mod error;
mod history;
mod interrupt;
mod open;
pub mod postgres;
pub mod sqlite;

pub use contract::{
    BatchStart, Capabilities, DeletedBatch, HistoryChange, IndexState, LockAttempt, LockHolder,
    Notice, ProgressMark, RowCount, Rows, ServerFacts, Session, StatementRun, StepTransaction,
};
pub use error::DatabaseError;
pub use interrupt::Interrupt;
pub use open::open;
