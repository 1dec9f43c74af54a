//! Statements sent as they are, and sessions beside the runner's.

use tokio_postgres::SimpleQueryMessage;

use super::error::During;
use super::session::PostgresSession;
use crate::database::DatabaseError;
use crate::database::contract::{Answer, Colleagues};

/// All in one message.
pub(super) fn exchange(
    session: &PostgresSession,
    statements: &[String],
) -> Result<Vec<Answer>, DatabaseError> {
    let sql = statements.join(";\n");
    tracing::debug!(sql, "exchange");
    let messages = session
        .unwatched(session.client().simple_query(&sql))?
        .map_err(|error| session.fail(&error, During::Own))?;
    let mut answers = Vec::with_capacity(statements.len());
    let mut rows = Vec::new();
    for message in messages {
        match message {
            SimpleQueryMessage::Row(row) => {
                rows.push((0..row.len()).map(|index| row.get(index).map(str::to_owned)).collect());
            }
            SimpleQueryMessage::CommandComplete(touched) => {
                answers.push(Answer { rows: std::mem::take(&mut rows), touched });
            }
            _ => {}
        }
    }
    Ok(answers)
}

pub(super) fn colleagues(session: &PostgresSession) -> Colleagues {
    let (parameters, interrupt) = (session.parameters.clone(), session.interrupt.clone());
    Colleagues::new(move || Ok(Box::new(PostgresSession::open(&parameters, &interrupt)?)))
}
