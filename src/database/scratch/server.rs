//! A server on which databases are made and dropped: a temporary one, or one somebody named.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use super::ScratchError;
use super::cluster::Cluster;
use crate::database::postgres::{PostgresSession, database_name, is_numbered};
use crate::database::{DatabaseError, Interrupt, Session as _};
use crate::model::Globals;
use crate::settings::Environment;
use crate::settings::libpq::{self, ConnectionParameters};

/// The server's own user, where it is ours alone.
const SUPERUSER: &str = "postgres";

/// A server and the session that makes databases on it. Its fields are dropped in this order.
pub(super) struct Server {
    /// It also holds the lock that shows that this run is alive.
    session: Mutex<PostgresSession>,
    parameters: ConnectionParameters,
    /// The number in the databases' names.
    run: u32,
    count: AtomicU32,
    /// The live database's name, as long as no database here has it.
    free: Mutex<Option<String>>,
    interrupt: Interrupt,
    cluster: Option<Cluster>,
}

impl Server {
    /// A server of our own.
    pub(super) fn temporary(cluster: Cluster, interrupt: &Interrupt) -> Result<Self, ScratchError> {
        let parameters = parameters(cluster.sockets())?;
        Self::open(parameters, Some(cluster), interrupt)
    }

    /// A server that others use as well. What dead runs left there is dropped.
    pub(super) fn named(
        parameters: &ConnectionParameters,
        interrupt: &Interrupt,
    ) -> Result<Self, ScratchError> {
        let server = Self::open(parameters.clone(), None, interrupt)?;
        server.session().sweep_databases()?;
        Ok(server)
    }

    fn open(
        parameters: ConnectionParameters,
        cluster: Option<Cluster>,
        interrupt: &Interrupt,
    ) -> Result<Self, ScratchError> {
        let session = PostgresSession::open(&parameters, interrupt)?;
        // The lock's numbers are the server's `int`.
        let run = loop {
            let run = fastrand::u32(..) >> 1;
            if session.claim_run(run)? {
                break run;
            }
        };
        let (session, count) = (Mutex::new(session), AtomicU32::new(1));
        let (free, interrupt) = (Mutex::default(), interrupt.clone());
        Ok(Self { session, parameters, run, count, free, interrupt, cluster })
    }

    fn session(&self) -> MutexGuard<'_, PostgresSession> {
        // A panic elsewhere leaves the session as it is: no transaction is open between calls.
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn free(&self) -> MutexGuard<'_, Option<String>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn version(&self) -> (String, u32) {
        let session = self.session();
        (session.facts().version.clone(), session.facts().version_number)
    }

    pub(super) fn is_temporary(&self) -> bool {
        self.cluster.is_some()
    }

    /// The server as a URL without password.
    pub(super) fn describe(&self) -> String {
        self.parameters.describe()
    }

    /// Makes a database, empty or like another one, and says how to connect to it.
    pub(super) fn create(
        &self,
        like: Option<&str>,
        user: Option<&str>,
    ) -> Result<ConnectionParameters, ScratchError> {
        let numbered = || database_name(self.run, self.count.fetch_add(1, Ordering::Relaxed));
        let name = self.free().take().unwrap_or_else(numbered);
        let created = self.session().create_database(&name, like, user);
        created.map_err(|error| self.judge(error))?;
        let mut parameters = self.parameters.clone();
        parameters.database = name;
        if let Some(user) = user {
            user.clone_into(&mut parameters.user);
        }
        Ok(parameters)
    }

    fn judge(&self, error: DatabaseError) -> ScratchError {
        match error {
            // insufficient_privilege
            DatabaseError::Statement { message, server, .. }
                if server.code.as_deref() == Some("42501") =>
            {
                ScratchError::MayNotCreate { url: self.describe(), reason: message }
            }
            error => error.into(),
        }
    }

    /// Drops a database. One on a temporary server that is about to end need not be.
    pub(super) fn remove(&self, name: &str) {
        if !(self.is_temporary() && self.interrupt.is_raised()) {
            self.session().drop_database(name);
            if !is_numbered(name) {
                *self.free() = Some(name.to_owned());
            }
        }
    }

    /// Makes roles and tablespaces, and has the next database named like the live one; see
    /// [`super::Scratch::mirror`].
    pub(super) fn make_globals(&self, globals: &Globals, runner: &str) -> Result<(), ScratchError> {
        let session = self.session();
        if let Some(name) = &globals.database
            && !session.has_database(name)?
        {
            *self.free() = Some(name.clone());
        }
        session.make_roles(&globals.roles, runner)?;
        Ok(session.make_tablespaces(&globals.tablespaces)?)
    }
}

/// How to reach a server whose socket is in this directory, whatever the environment says.
fn parameters(sockets: &Path) -> Result<ConnectionParameters, ScratchError> {
    let host = percent_encode(sockets.as_os_str().as_encoded_bytes(), NON_ALPHANUMERIC);
    let url = format!("postgres://{SUPERUSER}@{host}:5432/postgres?sslmode=disable");
    let nothing = Environment::of([("", ""); 0], "/");
    libpq::resolve(Some(&url), &nothing).map_err(|error| {
        DatabaseError::Unexpected(format!("the temporary server's own URL: {error}")).into()
    })
}
