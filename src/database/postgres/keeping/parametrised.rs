//! Queries that are planned once a session and asked with other values each time.

use tokio_postgres::SimpleQueryMessage;

use super::super::error::During;
use super::super::prepared::{Query, is_missing};
use super::super::session::PostgresSession;
use crate::database::DatabaseError;

/// A query, and how it is asked.
pub(super) enum Question {
    /// By its name.
    Prepared(Parametrised),
    /// By its text.
    Plain(String),
}

/// Planning takes the server longer than answering.
pub(super) struct Parametrised {
    pub query: Query,
    /// What runs before it; ended by a semicolon.
    pub before: String,
    /// What is set while its plan is made; ended by a semicolon.
    pub planner: &'static str,
    /// The types of its parameters, if it has any.
    pub types: &'static str,
    /// The query, with `$1` and so on.
    pub select: String,
    /// The values for this time, as expressions.
    pub values: String,
}

impl Parametrised {
    /// Asks it in an open transaction.
    pub fn ask(&self, session: &PostgresSession) -> Result<Vec<SimpleQueryMessage>, DatabaseError> {
        const UNDO: &str = "ROLLBACK TO SAVEPOINT turnback_own; RELEASE SAVEPOINT turnback_own";
        let Self { query, before, planner, types, select, values } = self;
        let ask = |sql: &str| {
            tracing::debug!(sql, "keeping");
            session.interruptible(session.client().simple_query(sql))
        };
        let parenthesised =
            |list: &str| if list.is_empty() { String::new() } else { format!(" ({list})") };
        let (types, values) = (parenthesised(types), parenthesised(values));
        let name = session.prepared.get().name(*query);
        let prepare = if name.is_there {
            String::new()
        } else {
            format!("PREPARE {}{types} AS {select}; ", name.statement)
        };
        let sql = format!(
            "{before} SAVEPOINT turnback_own; SET LOCAL plan_cache_mode TO force_generic_plan; {planner} \
             {prepare}EXECUTE {}{values}; {UNDO}",
            name.statement
        );
        match ask(&sql)? {
            Ok(messages) => {
                session.prepared.update(|prepared| prepared.with(&name));
                Ok(messages)
            }
            // A script has removed it. By its next name it is not there, and so never missing.
            Err(error) if name.is_there && is_missing(&error) => {
                session.forget_prepared();
                ask(UNDO)?.map_err(|error| session.fail(&error, During::Own))?;
                self.ask(session)
            }
            Err(error) => {
                // It may have been prepared before it failed.
                session.forget_prepared();
                Err(session.fail(&error, During::Own))
            }
        }
    }
}
