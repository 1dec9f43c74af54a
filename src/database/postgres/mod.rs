//! `PostgreSQL`, spoken to through tokio-postgres. The runtime lives here and nowhere else.

mod cancel;
mod catalog;
mod catalog_store;
mod classify;
pub mod connect;
mod connect_error;
mod connect_hints;
mod digests;
mod driver;
mod error;
mod exchange;
mod held;
mod keeping;
mod ledger;
mod lock;
mod look_up;
mod lookout;
mod script;
mod session;
mod sizes;
mod socket;
mod startup_pid;
mod step;
mod surroundings;
mod text;
mod throwaway;
mod tls;
mod trial;
mod verbs;

pub use cancel::{CancelError, Canceller};
pub use connect::{Connected, connect};
pub use connect_error::{ConnectError, Failure, FailureCause, Failures, Refusal, Stage};
pub use driver::ConnectionEnd;
pub use session::PostgresSession;
pub(in crate::database) use throwaway::database_name;
pub use tls::TlsFileError;
