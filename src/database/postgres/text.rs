//! Texts of the user's.

use futures_util::StreamExt as _;
use tokio_postgres::{Client, Error, SimpleQueryMessage};

/// Runs a text of the user's, and tells how many rows each statement touched. Rows it returns are
/// thrown away as they come. The error carries how many of its statements had finished.
pub(super) async fn run_text(client: &Client, text: &str) -> Result<Vec<u64>, (usize, Error)> {
    let mut done = Vec::new();
    if text.is_empty() {
        return Ok(done);
    }
    let stream = client.simple_query_raw(text).await.map_err(|error| (0, error))?;
    tokio::pin!(stream);
    while let Some(message) = stream.next().await {
        let message = message.map_err(|error| (done.len(), error))?;
        if let SimpleQueryMessage::CommandComplete(rows) = message {
            done.push(rows);
        }
    }
    Ok(done)
}
