//! Somebody else at work on a PostgreSQL database.

use std::thread::JoinHandle;

use super::database::{Database, psql_at};
use super::{PATIENCE, poll};

/// A session that has run some SQL and now stays as it is, transaction and locks included.
pub struct OtherSession {
    url: String,
    name: String,
    thread: Option<JoinHandle<()>>,
}

impl OtherSession {
    /// Returns once the SQL has run. `name` is its application name, by which it is found again.
    pub fn holding(database: &Database, name: &str, sql: &str) -> Self {
        let script = format!("SET application_name = '{name}';\n{sql};\nSELECT pg_sleep(600);");
        let url = database.url();
        let at = url.clone();
        let thread = std::thread::spawn(move || {
            // It ends by force.
            let _ = psql_at(&at, &script, &[]);
        });
        let asleep = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
             AND application_name = '{name}' AND query = 'SELECT pg_sleep(600);'"
        );
        poll(PATIENCE, || (database.psql(&asleep) == "1").then_some(()))
            .unwrap_or_else(|| panic!("this did not run:\n{sql}"));
        Self { url, name: name.to_owned(), thread: Some(thread) }
    }

    /// Ends it; its transaction is rolled back when this returns.
    pub fn end(self) {
        drop(self);
    }
}

impl Drop for OtherSession {
    fn drop(&mut self) {
        let end = format!(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity \
             WHERE datname = current_database() AND application_name = '{}'",
            self.name
        );
        // The server may be gone by now, crashed by the test.
        let _ = psql_at(&self.url, &end, &[]);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Waits until a statement that contains a text is under way, and returns its server process.
#[track_caller]
pub fn wait_for_statement(database: &Database, text: &str) -> String {
    let running = format!(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() \
         AND state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%{}%'",
        text.replace('\'', "''")
    );
    let pid = poll(PATIENCE, || Some(database.psql(&running)).filter(|pid| !pid.is_empty()));
    pid.unwrap_or_else(|| panic!("no session runs {text:?}"))
}

/// How many sessions of the program are connected.
pub fn sessions(database: &Database) -> String {
    database.psql(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
         AND application_name = 'turnback'",
    )
}
