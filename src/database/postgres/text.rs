//! Texts of the user's.

use std::ops::Range;
use std::pin::pin;
use std::time::Instant;

use futures_util::StreamExt as _;
use tokio_postgres::{Error, SimpleQueryMessage, SimpleQueryStream};

use super::session::PostgresSession;

/// Runs a text of the user's, and tells how many rows each statement touched. Rows it returns are
/// thrown away as they come. The error carries how many of its statements had finished.
pub(super) async fn run_text(
    session: &PostgresSession,
    text: &str,
) -> Result<Vec<u64>, (usize, Error)> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let began = Instant::now();
    let mut done = Vec::new();
    let ran = match session.client().simple_query_raw(text).await {
        Ok(stream) => drain(stream, &mut done).await,
        Err(error) => Err(error),
    };
    let finished = done.len();
    if let Some(clock) = &session.clock {
        clock.ran(began, 0..finished + usize::from(ran.is_err()), done.clone());
    }
    ran.map(|()| done).map_err(|error| (finished, error))
}

/// A piece of a text that failed.
pub(super) struct FailedPiece {
    /// Its bytes in the text.
    pub piece: Range<usize>,
    /// How many pieces before it had finished.
    pub finished: usize,
    pub error: Error,
}

/// Runs a text whose statements each are a piece of it, all of them sent at once, each in a message
/// of its own. The server holds back what it says of a statement until the whole message is done, so
/// this is how it can be told when each of them was. What comes behind one that fails does nothing,
/// as long as all of it is one transaction.
pub(super) async fn run_pieces(
    session: &PostgresSession,
    text: &str,
    pieces: &[Range<usize>],
    first: usize,
) -> Result<Vec<u64>, FailedPiece> {
    let mut began = Instant::now();
    let mut sent = Vec::with_capacity(pieces.len());
    for (finished, piece) in pieces.iter().enumerate() {
        let stream = session.client().simple_query_raw(&text[piece.clone()]).await;
        sent.push(stream.map_err(|error| FailedPiece { piece: piece.clone(), finished, error })?);
    }
    let mut rows = Vec::with_capacity(pieces.len());
    for (finished, (stream, piece)) in sent.into_iter().zip(pieces).enumerate() {
        let mut done = Vec::new();
        let ran = drain(stream, &mut done).await;
        // A rule may have made several statements of one.
        let touched: Vec<u64> = if ran.is_ok() { vec![done.iter().sum()] } else { Vec::new() };
        if let Some(clock) = &session.clock {
            clock.ran(began, first + finished..first + finished + 1, touched.clone());
        }
        ran.map_err(|error| FailedPiece { piece: piece.clone(), finished, error })?;
        rows.extend(touched);
        began = Instant::now();
    }
    Ok(rows)
}

/// Reads an answer to its end.
async fn drain(stream: SimpleQueryStream, done: &mut Vec<u64>) -> Result<(), Error> {
    let mut stream = pin!(stream);
    while let Some(message) = stream.next().await {
        if let SimpleQueryMessage::CommandComplete(rows) = message? {
            done.push(rows);
        }
    }
    Ok(())
}

/// Whether a script may be sent in pieces. What decides how the next message is read must not change
/// between two of them, and no savepoint may catch an error that fails a whole message.
pub(super) fn may_be_cut(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let is_of_word = |c: char| c.is_alphanumeric() || c == '_';
    let words: Vec<&str> = text.split(|c| !is_of_word(c)).filter(|word| !word.is_empty()).collect();
    let tells = |word: &&str| {
        word.ends_with("encoding")
            || matches!(
                *word,
                "savepoint" | "set_config" | "standard_conforming_strings" | "backslash_quote"
            )
    };
    let sets = |pair: &[&str]| {
        let sets_names = matches!(pair[0], "set" | "local" | "session") && pair[1] == "names";
        sets_names || pair == ["reset", "all"]
    };
    !words.iter().any(tells) && !words.windows(2).any(sets)
}

#[cfg(test)]
mod tests {
    use super::may_be_cut;

    #[test]
    fn a_script_that_changes_how_it_is_read_is_sent_whole() {
        for whole in [
            "SAVEPOINT a; SELECT 1",
            "SET\n  NAMES 'LATIN1'",
            "set local client_encoding to 'x'",
            "RESET  ALL",
            "SELECT set_config('a', 'b', true)",
            "SET standard_conforming_strings = off",
        ] {
            assert!(!may_be_cut(whole), "{whole}");
        }
        for cut in ["UPDATE t SET usernames = 1", "SET search_path = a; RESET role", "SELECT 1"] {
            assert!(may_be_cut(cut), "{cut}");
        }
    }
}
