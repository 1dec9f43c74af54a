//! Connections that stay open, for thousands of questions and for several at once.

use std::path::Path;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio_postgres::error::DbError;
use tokio_postgres::{Config, NoTls, SimpleQueryMessage, SimpleQueryRow};

use super::database::Database;

/// The rows as `psql` prints them, columns separated by `|`, or what the server says instead.
pub type Answer = Result<String, Box<DbError>>;

/// A connection as the superuser.
pub struct Client {
    runtime: Runtime,
    session: tokio_postgres::Client,
    ending: JoinHandle<Result<(), tokio_postgres::Error>>,
    /// Its server process.
    pid: String,
}

impl Client {
    /// Nothing it is asked takes longer than the harness has patience.
    pub fn connect(database: &Database) -> Self {
        let at = database.url().parse().expect("the harness writes it");
        let mut client = Self::open(&at);
        client.tell("SET statement_timeout = '60s'; SET application_name = 'client'");
        client.pid = client.tell("SELECT pg_backend_pid()");
        client
    }

    /// For one statement, as `psql` would run it.
    pub(super) fn over_socket(sockets: &Path, port: u16, database: &str) -> Self {
        let mut at = Config::new();
        at.host_path(sockets).port(port).user("postgres").dbname(database);
        at.application_name("psql").connect_timeout(Duration::from_secs(20));
        Self::open(&at)
    }

    fn open(at: &Config) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime of one thread needs nothing special");
        let (session, ending) = runtime.block_on(async {
            let connected = at.connect(NoTls).await;
            let (session, connection) = connected.unwrap_or_else(|error| panic!("{error:?}"));
            // It ends with the session; what went wrong is said to whoever asked.
            (session, tokio::spawn(connection))
        });
        Self { runtime, session, ending, pid: String::new() }
    }

    /// Runs SQL that does not fail, and says good-bye to the server.
    #[track_caller]
    pub(super) fn finish(self, sql: &str) -> String {
        let answer = self.tell(sql).trim_end().to_owned();
        drop(self.session);
        let _ = self.runtime.block_on(self.ending);
        answer
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
