//! Databases: the contract every engine fulfils, and the only home of drivers.

pub mod contract;
pub mod error;
mod history;
mod interrupt;
mod open;
pub mod postgres;
pub mod sqlite;

pub use contract::{
    Capabilities, HistoryChange, IndexState, LockAttempt, LockHolder, Notice, ProgressMark,
    RowCount, ServerFacts, Session, StatementRun, StepTransaction,
};
pub use error::DatabaseError;
pub use interrupt::Interrupt;
pub use open::open;
