//! The task that carries a connection's messages.

use std::future::poll_fn;
use std::sync::{Arc, OnceLock};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_postgres::{AsyncMessage, Connection, Error};

/// How a connection ended, once it has. Clones tell the same.
#[derive(Debug, Clone, Default)]
pub struct ConnectionEnd(Arc<OnceLock<Option<Error>>>);

impl ConnectionEnd {
    /// What ended it, such as "terminating connection due to administrator command". It is known
    /// before the client's requests fail with "connection closed".
    pub fn error(&self) -> Option<&Error> {
        self.0.get().and_then(Option::as_ref)
    }
}

/// Spawns the task on the runtime this is called from. It works while that runtime runs.
pub(super) fn drive<S, T>(
    mut connection: Connection<S, T>,
) -> (UnboundedReceiver<AsyncMessage>, ConnectionEnd)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, messages) = unbounded_channel();
    let end = ConnectionEnd::default();
    let told = end.clone();
    tokio::spawn(async move {
        let error = loop {
            match poll_fn(|cx| connection.poll_message(cx)).await {
                // A caller that dropped the receiver does not want them.
                Some(Ok(message)) => drop(sender.send(message)),
                Some(Err(error)) => break Some(error),
                None => break None,
            }
        };
        // Told before the connection is dropped, which is what fails the client's requests.
        let _ = told.0.set(error);
        drop(connection);
    });
    (messages, end)
}
