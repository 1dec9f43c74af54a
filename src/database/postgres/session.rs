//! A session: a connection, the runtime that drives it, and how to stop it.

use std::cell::Cell;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio_postgres::{Client, Error, SimpleQueryMessage, SimpleQueryRow};

use super::answer::{by_statement, no_answer, number};
use super::connect::{Connected, connect};
use super::error::{During, convert, lost};
use super::lookout::Lookout;
use super::prepared::Prepared;
use crate::database::contract::{ServerFacts, StatementClock, Telling};
use crate::database::{DatabaseError, Interrupt};
use crate::model::{Blocker, Engine, Target};
use crate::sets::VersionWidth;
use crate::settings::libpq::ConnectionParameters;
use crate::sql::{LockStrength, quote_identifier};

/// How long a cancelled statement, or tidying up behind it, may take before it is given up.
const TIDY_PATIENCE: Duration = Duration::from_secs(10);

/// How long it is looked who held a lock, once it was not had.
const LOOKING: Duration = Duration::from_secs(2);

const NO_REPLY: &str = "the server does not answer";

/// Leaves the session as the next script expects to find it, whatever this one set.
const RESET: &str = "SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; RESET ALL; DISCARD TEMP; \
                     CLOSE ALL; UNLISTEN *";

/// The SQLSTATE of a lock that was not had within `lock_timeout`.
pub(super) const LOCK_NOT_AVAILABLE: &str = "55P03";

/// A runner that was killed must not leave its statement, and with it the lock, behind: the server
/// looks after its client while a statement runs.
pub(super) const WATCH: &str = "SET client_connection_check_interval = '1s'";

/// A connection to a `PostgreSQL` database.
pub struct PostgresSession {
    runtime: Runtime,
    pub(super) connected: Connected,
    pub(super) facts: ServerFacts,
    pub(super) backend_pid: i32,
    /// The integer type of the history's version column, once it was seen.
    pub(super) width: VersionWidth,
    /// The fencing token, once this session is the runner.
    pub(super) token: i64,
    /// Whether the server looks after us while a statement runs, and ends it when we are gone.
    pub(super) watched: bool,
    /// How long a session waits for a lock before the server looks for a deadlock.
    deadlock_timeout: Duration,
    /// Whether tables can be taken before a script begins: that takes a procedural language.
    pub(super) gates: bool,
    /// Which of our queries are prepared.
    pub(super) prepared: Cell<Prepared>,
    /// Whether the server was silent for too long: nothing more is asked of it.
    silent: Cell<bool>,
    pub(super) interrupt: Interrupt,
    stop: Arc<Notify>,
    /// How it was opened.
    pub(super) parameters: Arc<ConnectionParameters>,
    pub(super) lookout: Lookout,
    /// Where it is written down when statements of scripts run, for whoever asked.
    pub(super) clock: Option<StatementClock>,
    /// Whether the role may see what it locks itself.
    pub(super) sees_locks: bool,
}

impl PostgresSession {
    /// Connects, and asks the server who it is.
    pub fn open(
        parameters: &ConnectionParameters,
        interrupt: &Interrupt,
    ) -> Result<Self, DatabaseError> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| {
            DatabaseError::Unexpected(format!("cannot start the network runtime: {error}"))
        })?;
        let stop = Arc::new(Notify::new());
        let waker = Arc::clone(&stop);
        interrupt.on_raise(move || waker.notify_one());
        let connected = runtime.block_on(async {
            tokio::select! {
                connected = connect(parameters) => connected.map_err(DatabaseError::from),
                () = stop.notified() => Err(DatabaseError::Interrupted),
            }
        })?;
        let parameters = Arc::new(parameters.clone());
        let mut session = Self {
            lookout: Lookout::new(Arc::clone(&parameters), &connected),
            deadlock_timeout: Duration::ZERO,
            gates: false,
            runtime,
            connected,
            facts: ServerFacts {
                version: String::new(),
                version_number: 0,
                database: String::new(),
                url: parameters.describe(),
                creation_schema: None,
            },
            backend_pid: 0,
            width: VersionWidth::Int4,
            token: 0,
            watched: false,
            prepared: Cell::default(),
            silent: Cell::new(false),
            interrupt: interrupt.clone(),
            stop,
            parameters,
            clock: None,
            sees_locks: false,
        };
        session.identify()?;
        Ok(session)
    }

    fn identify(&mut self) -> Result<(), DatabaseError> {
        let results = self.query(
            "SELECT current_setting('server_version'), current_setting('server_version_num'), \
             current_database(), current_schema(), pg_backend_pid(), \
             (extract(epoch FROM current_setting('deadlock_timeout')::interval) * 1000)::int8, \
             EXISTS (SELECT FROM pg_language \
                 WHERE lanname = 'plpgsql' AND has_language_privilege(oid, 'USAGE')), \
             extract(epoch FROM pg_postmaster_start_time())",
        )?;
        let row = results.first().and_then(|rows| rows.first()).ok_or_else(no_answer)?;
        let version = row.get(0).unwrap_or_default();
        // Debian's builds add their package's version behind a space.
        version.split(' ').next().unwrap_or_default().clone_into(&mut self.facts.version);
        self.facts.version_number = number(row, 1)?;
        row.get(2).unwrap_or_default().clone_into(&mut self.facts.database);
        self.facts.creation_schema = row.get(3).map(str::to_owned);
        self.backend_pid = number(row, 4)?;
        self.deadlock_timeout = Duration::from_millis(number(row, 5)?);
        self.gates = row.get(6) == Some("t");
        self.lookout.is_of(row.get(7).unwrap_or_default());
        Ok(())
    }

    /// The schema a set lives in.
    pub(super) fn schema<'a>(&'a self, target: &'a Target) -> Result<&'a str, DatabaseError> {
        target
            .schema
            .as_deref()
            .or(self.facts.creation_schema.as_deref())
            .ok_or(DatabaseError::NoCreationSchema)
    }

    /// The history table, qualified and quoted.
    pub(super) fn history_table(&self, target: &Target) -> Result<String, DatabaseError> {
        let schema = quote_identifier(self.schema(target)?);
        Ok(format!("{schema}.{}", quote_identifier(&target.history_table)))
    }

    pub(super) fn client(&self) -> &Client {
        &self.connected.client
    }

    /// The pid the server named when the connection was opened.
    pub(super) fn startup_pid(&self) -> i32 {
        self.connected.startup_pid
    }

    pub(super) fn fail(&self, error: &Error, during: During<'_>) -> DatabaseError {
        // "connection closed" says less than what closed it.
        let told = if error.is_closed() { self.connected.end.error() } else { None };
        let mut error = convert(&self.facts.url, told.unwrap_or(error), during);
        if let DatabaseError::Statement { server, .. } = &mut error
            && server.code.as_deref() == Some(LOCK_NOT_AVAILABLE)
        {
            server.blockers = self.lookout.blockers();
        }
        error
    }

    /// Runs queries of our own in one round trip; the rows come by statement.
    pub(super) fn query(&self, sql: &str) -> Result<Vec<Vec<SimpleQueryRow>>, DatabaseError> {
        tracing::debug!(sql, "query");
        let messages = self
            .interruptible(self.client().simple_query(sql))?
            .map_err(|error| self.fail(&error, During::Own))?;
        Ok(by_statement(messages))
    }

    /// The same for answers of many rows: each is handed over while the server still works on the
    /// next ones.
    pub(super) fn query_each(
        &self,
        sql: &str,
        mut take: impl FnMut(&SimpleQueryRow) -> Result<(), DatabaseError>,
    ) -> Result<(), DatabaseError> {
        tracing::debug!(sql, "query");
        let asked = async {
            let own = |error: Error| self.fail(&error, During::Own);
            let rows = self.client().simple_query_raw(sql).await.map_err(own)?;
            tokio::pin!(rows);
            while let Some(message) = rows.next().await {
                if let SimpleQueryMessage::Row(row) = message.map_err(own)? {
                    take(&row)?;
                }
            }
            Ok(())
        };
        self.interruptible(asked)?
    }

    /// Waits for a future unless a stop is asked for: then the running statement is cancelled on
    /// the server, and the outcome is [`DatabaseError::Interrupted`]. Who keeps it waiting is seen.
    pub(super) fn interruptible<T>(
        &self,
        future: impl Future<Output = T>,
    ) -> Result<T, DatabaseError> {
        self.beside(future, self.lookout.watch(self.backend_pid))
    }

    /// The same for statements of which nobody asks who kept them waiting.
    pub(super) fn unwatched<T>(&self, future: impl Future<Output = T>) -> Result<T, DatabaseError> {
        self.beside(future, std::future::pending())
    }

    /// The same as [`interruptible`](Self::interruptible) for what takes long: `tell` hears how it is
    /// going.
    pub(super) fn watched<T>(
        &self,
        future: impl Future<Output = T>,
        tell: &mut Telling<'_>,
    ) -> Result<T, DatabaseError> {
        self.beside(future, self.lookout.follow(self.backend_pid, tell))
    }

    fn beside<T>(
        &self,
        future: impl Future<Output = T>,
        watching: impl Future<Output = ()>,
    ) -> Result<T, DatabaseError> {
        if self.interrupt.is_raised() {
            return Err(DatabaseError::Interrupted);
        }
        self.ask()?;
        self.runtime.block_on(async {
            tokio::pin!(future);
            tokio::select! {
                outcome = &mut future => return Ok(outcome),
                () = self.stop.notified() => {}
                () = watching => {}
            }
            tracing::debug!("cancelling the running statement");
            let cancelled = async {
                // If the request does not get through, closing the connection ends the statement.
                let _ = self.connected.cancel.cancel().await;
                (&mut future).await
            };
            self.silent.set(tokio::time::timeout(TIDY_PATIENCE, cancelled).await.is_err());
            Err(DatabaseError::Interrupted)
        })
    }

    /// Waits for a future that must not be cancelled, such as a commit. Asked to stop, it goes on
    /// waiting, but not for ever.
    pub(super) fn settled<T>(
        &self,
        future: impl Future<Output = T>,
        during: During<'_>,
    ) -> Result<T, DatabaseError> {
        self.ask()?;
        let patience = async {
            if !self.interrupt.is_raised() {
                self.stop.notified().await;
            }
            tokio::time::sleep(TIDY_PATIENCE).await;
        };
        self.runtime.block_on(async {
            tokio::select! {
                outcome = future => Ok(outcome),
                () = patience => {
                    self.silent.set(true);
                    Err(lost(&self.facts.url, NO_REPLY, during))
                }
            }
        })
    }

    /// Tidies up: waits, but not for ever, and a failure changes nothing.
    pub(super) fn tidy(&self, sql: &str) {
        if self.silent.get() {
            return;
        }
        self.runtime.block_on(async {
            let tidied = self.client().simple_query(sql);
            self.silent.set(tokio::time::timeout(TIDY_PATIENCE, tidied).await.is_err());
        });
    }

    /// Waits for a future: interruptibly, unless what it does is the tidying up.
    pub(super) fn while_asked<T>(
        &self,
        tidying: bool,
        future: impl Future<Output = T>,
    ) -> Result<T, DatabaseError> {
        if tidying { self.settled(future, During::Own) } else { self.interruptible(future) }
    }

    /// Ends one who holds a lock; returns whether it was still there.
    pub(super) fn end_blocker(&self, blocker: &Blocker) -> Result<bool, DatabaseError> {
        self.unwatched(self.lookout.end(blocker))?.map_err(|error| self.fail(&error, During::Own))
    }

    /// Who holds locks that exclude these on tables, as they are found after `path` was run. It is
    /// not waited for long: it only explains.
    pub(super) fn holders(&self, path: &str, wanted: &[(String, LockStrength)]) -> Vec<Blocker> {
        let asked = async {
            let asked = self.lookout.holders(self.backend_pid, path, wanted);
            tokio::time::timeout(LOOKING, asked).await.unwrap_or_default()
        };
        self.unwatched(asked).unwrap_or_default()
    }

    /// The transaction at hand has had its locks.
    pub(super) fn has_its_locks(&self) {
        self.lookout.rest();
    }

    /// The longest wait for a lock, where there is one.
    pub(super) fn lock_timeout_clause(&self, timeout: Option<Duration>, scope: &str) -> String {
        timeout.map_or_else(String::new, |timeout| {
            let bounded = self.bounded(timeout).as_millis().max(1);
            format!("SET {scope} lock_timeout = {bounded}; ")
        })
    }

    /// A wait that ends before the server looks for a deadlock: so it is we who give way, and not
    /// whom the server chooses.
    pub(super) fn bounded(&self, wait: Duration) -> Duration {
        wait.min(self.deadlock_timeout * 4 / 5)
    }

    /// A server that did not answer in time is not asked again: each question would cost as much.
    fn ask(&self) -> Result<(), DatabaseError> {
        if self.silent.get() {
            return Err(lost(&self.facts.url, NO_REPLY, During::Own));
        }
        Ok(())
    }

    /// The statements that leave the session as the next script expects to find it.
    pub(super) fn reset(&self) -> String {
        self.forget_prepared();
        format!("{}; DEALLOCATE ALL", self.reset_kept())
    }

    /// The same but for prepared statements: ours stay.
    pub(super) fn reset_kept(&self) -> String {
        if self.watched { format!("{RESET}; {WATCH}") } else { RESET.to_owned() }
    }

    /// From here on it is not known that any statement of ours is prepared.
    pub(super) fn forget_prepared(&self) {
        self.prepared.update(Prepared::forgotten);
    }

    pub(super) fn facts_database(&self) -> String {
        self.facts.database.clone()
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupt.is_raised()
    }
}

/// A text as a literal of this engine.
pub(super) fn quote_literal(text: &str) -> String {
    crate::sql::quote_literal(Engine::Postgres, text)
}

/// `SET LOCAL search_path` where the operator chose the schema; the role's own path otherwise.
pub(super) fn search_path_clause(target: &Target, scope: &str) -> String {
    target.schema.as_deref().map_or_else(String::new, |schema| {
        format!("SET {scope} search_path TO {}, pg_temp; ", quote_identifier(schema))
    })
}
