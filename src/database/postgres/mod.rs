//! `PostgreSQL`, spoken to through tokio-postgres.

mod cancel;
mod classify;
pub mod connect;
mod connect_error;
mod connect_hints;
mod driver;
mod socket;
mod startup_pid;
mod tls;

pub use cancel::{CancelError, Canceller};
pub use connect::{Connected, connect};
pub use connect_error::{ConnectError, Failure, FailureCause, Failures, Refusal, Stage};
pub use driver::ConnectionEnd;
pub use tls::TlsFileError;
