//! The server's errors in turnback's words.

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, ErrorPosition};

use crate::database::DatabaseError;
use crate::database::error::Position;
use crate::model::{ServerMessage, char_offset_to_byte};

/// What was being done when the error came.
#[derive(Clone, Copy)]
pub(super) enum During<'a> {
    /// One of turnback's own queries.
    Own,
    /// A text of the user's, `done` of whose statements had finished.
    Script { text: &'a str, done: usize },
    /// A part of such a text, which begins at byte `from`; `done` counts from the text's beginning.
    Part { text: &'a str, from: usize, done: usize },
    /// A commit.
    Commit,
}

pub(super) fn convert(url: &str, error: &Error, during: During<'_>) -> DatabaseError {
    let Some(server) = error.as_db_error() else {
        return lost(url, &root_cause(error), during);
    };
    // Class 57P: the server ends the session (shutdown, crash, dropped database).
    if server.code().code().starts_with("57P0") {
        return lost(url, server.message(), during);
    }
    DatabaseError::Statement {
        message: server.message().to_owned(),
        position: position(server, during),
        server: Box::new(message(server)),
    }
}

pub(super) fn lost(url: &str, reason: &str, during: During<'_>) -> DatabaseError {
    DatabaseError::ConnectionLost {
        url: url.to_owned(),
        reason: reason.to_owned(),
        committing: matches!(during, During::Commit),
    }
}

/// The innermost cause says most: "connection reset by peer" rather than "db error".
fn root_cause(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

fn message(server: &DbError) -> ServerMessage {
    let internal = match server.position() {
        Some(ErrorPosition::Internal { query, .. }) => Some(format!("in the query: {query}")),
        _ => None,
    };
    let context: Vec<String> =
        server.where_().map(str::to_owned).into_iter().chain(internal).collect();
    ServerMessage {
        code: Some(server.code().code().to_owned()),
        detail: server.detail().map(str::to_owned),
        hint: server.hint().map(str::to_owned),
        context: Some(context.join("\n")).filter(|text| !text.is_empty()),
        blockers: Vec::new(),
    }
}

fn position(server: &DbError, during: During<'_>) -> Position {
    let (text, from, done) = match during {
        During::Script { text, done } => (text, 0, done),
        During::Part { text, from, done } => (text, from, done),
        During::Own | During::Commit => return Position::Unknown,
    };
    match server.position() {
        Some(ErrorPosition::Original(character)) => {
            let characters = usize::try_from(*character).unwrap_or(1).saturating_sub(1);
            Position::Offset(from + char_offset_to_byte(text, characters))
        }
        _ => Position::Statement(done),
    }
}
