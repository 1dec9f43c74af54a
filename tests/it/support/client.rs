//! Connections that stay open, for thousands of questions and for several at once.

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::error::DbError;
use tokio_postgres::{NoTls, SimpleQueryMessage, SimpleQueryRow};

use super::database::Database;

/// The rows as `psql` prints them, columns separated by `|`, or what the server says instead.
pub type Answer = Result<String, Box<DbError>>;

/// A connection as the superuser.
pub struct Client {
    runtime: Runtime,
    session: tokio_postgres::Client,
    /// Its server process.
    pid: String,
}

impl Client {
    /// Nothing it is asked takes longer than the harness has patience.
    pub fn connect(database: &Database) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime of one thread needs nothing special");
        let session = runtime.block_on(async {
            let connected = tokio_postgres::connect(&database.url(), NoTls).await;
            let (session, connection) = connected.unwrap_or_else(|error| panic!("{error:?}"));
            // It ends with the session; what went wrong is said to whoever asked.
            tokio::spawn(connection);
            session
        });
        let mut client = Self { runtime, session, pid: String::new() };
        client.tell("SET statement_timeout = '60s'; SET application_name = 'client'");
        client.pid = client.tell("SELECT pg_backend_pid()");
        client
    }

    pub fn pid(&self) -> &str {
        &self.pid
    }

    /// Runs SQL. Several statements are one transaction unless they say otherwise.
    pub fn ask(&self, sql: &str) -> Answer {
        let messages = self.runtime.block_on(self.session.simple_query(sql)).map_err(|error| {
            let refusal = error.as_db_error().cloned();
            Box::new(refusal.unwrap_or_else(|| panic!("{error:?} in:\n{sql}")))
        })?;
        let lines = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(line(row)),
            _ => None,
        });
        Ok(lines.collect::<Vec<_>>().join("\n"))
    }

    /// Runs SQL that does not fail.
    #[track_caller]
    pub fn tell(&self, sql: &str) -> String {
        self.ask(sql).unwrap_or_else(|error| panic!("{error:?} in:\n{sql}"))
    }
}

fn line(row: &SimpleQueryRow) -> String {
    let columns = (0..row.len()).map(|column| row.get(column).unwrap_or_default());
    columns.collect::<Vec<_>>().join("|")
}
