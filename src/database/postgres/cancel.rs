//! Cancelling what a session is doing, over a connection of its own.

use std::io;
use std::time::Duration;

use tokio_postgres::{CancelToken, NoTls};

use super::socket::{self, Address};
use super::tls::TlsClient;
use crate::settings::libpq::Keepalive;

/// Why a request to cancel did not reach the server.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// No connection could be opened.
    #[error("the request to cancel could not be sent: {0}")]
    Connect(#[from] io::Error),
    /// The connection broke.
    #[error("the request to cancel could not be sent: {0}")]
    Send(#[from] tokio_postgres::Error),
    /// The server did not take it in time.
    #[error("the request to cancel was not taken in time")]
    TimedOut,
}

/// Cancels the statement a session is running. Cheap to clone, and independent of the session's
/// own connection.
#[derive(Clone)]
pub struct Canceller {
    pub(super) token: CancelToken,
    pub(super) address: Address,
    pub(super) host: String,
    /// The session's TLS; `None` where it is not encrypted.
    pub(super) tls: Option<TlsClient>,
    pub(super) keepalive: Keepalive,
    pub(super) timeout: Option<Duration>,
}

impl std::fmt::Debug for Canceller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Canceller").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Canceller {
    /// Asks the server to cancel. Whether it did shows in the statement's own result: cancelling
    /// is a race with the statement's end.
    pub async fn cancel(&self) -> Result<(), CancelError> {
        let sending = async {
            let stream = socket::open(&self.address, &self.keepalive).await?;
            match &self.tls {
                Some(tls) => {
                    let connector = tls.connector(&self.host, self.address.ip());
                    self.token.cancel_query_raw(stream, connector).await?;
                }
                None => self.token.cancel_query_raw(stream, NoTls).await?,
            }
            Ok(())
        };
        match self.timeout {
            None => sending.await,
            Some(limit) => {
                tokio::time::timeout(limit, sending).await.unwrap_or(Err(CancelError::TimedOut))
            }
        }
    }
}
