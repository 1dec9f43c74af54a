//! Who is in the way, seen from a second connection while the first one waits.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_postgres::{Error, SimpleQueryMessage, SimpleQueryRow};

use super::connect::{Connected, connect_beside};

use super::socket::Address;
use crate::database::contract::{Ongoing, Share, Telling};
use crate::model::{Blocker, Engine};
use crate::settings::libpq::{ConnectionParameters, HostPort};
use crate::sql::{LockStrength, quote_literal};

/// How long a statement takes before it is looked who keeps it; it doubles with each look, up to
/// [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What takes less is not told of.
const FIRST_TOLD: Duration = Duration::from_secs(1);
const TOLD_EVERY: Duration = Duration::from_millis(500);

/// The locks that exclude each other, by their names in `pg_locks`: each with those it is not had
/// beside (documentation chapter "Explicit Locking", table 13.2).
const CONFLICTS: [(LockStrength, &str); 8] = [
    (LockStrength::AccessShare, "AccessExclusive"),
    (LockStrength::RowShare, "Exclusive AccessExclusive"),
    (LockStrength::RowExclusive, "Share ShareRowExclusive Exclusive AccessExclusive"),
    (
        LockStrength::ShareUpdateExclusive,
        "ShareUpdateExclusive Share ShareRowExclusive Exclusive AccessExclusive",
    ),
    (
        LockStrength::Share,
        "RowExclusive ShareUpdateExclusive ShareRowExclusive Exclusive AccessExclusive",
    ),
    (
        LockStrength::ShareRowExclusive,
        "RowExclusive ShareUpdateExclusive Share ShareRowExclusive Exclusive AccessExclusive",
    ),
    (
        LockStrength::Exclusive,
        "RowShare RowExclusive ShareUpdateExclusive Share ShareRowExclusive Exclusive \
         AccessExclusive",
    ),
    (
        LockStrength::AccessExclusive,
        "AccessShare RowShare RowExclusive ShareUpdateExclusive Share ShareRowExclusive Exclusive \
         AccessExclusive",
    ),
];

/// Looks out for those who keep a session waiting, once a lock was not had in time.
#[derive(Debug)]
pub(super) struct Lookout {
    parameters: Arc<ConnectionParameters>,
    /// Where the first connection leads.
    server: HostPort,
    address: Address,
    /// When the server began that the first connection leads to, as it tells it.
    started: RefCell<String>,
    is_wanted: Cell<bool>,
    connected: RefCell<Option<Arc<Connected>>>,
    seen: RefCell<Vec<Blocker>>,
    /// Why nothing can be seen, until that is told.
    blind: RefCell<Option<String>>,
    was_told: Cell<bool>,
}

impl Lookout {
    /// It sees nothing before it is asked to.
    pub fn new(parameters: Arc<ConnectionParameters>, first: &Connected) -> Self {
        Self {
            parameters,
            server: first.server.clone(),
            address: first.cancel.address.clone(),
            started: RefCell::new(String::new()),
            is_wanted: Cell::new(false),
            connected: RefCell::new(None),
            seen: RefCell::new(Vec::new()),
            blind: RefCell::new(None),
            was_told: Cell::new(false),
        }
    }

    /// The server that is looked at, by the moment it began. What distributes connections may lead
    /// the second one to another.
    pub fn is_of(&self, started: &str) {
        started.clone_into(&mut self.started.borrow_mut());
    }

    /// A lock was not had in time: who held it, if that was seen. From now on it is looked.
    pub fn blockers(&self) -> Vec<Blocker> {
        self.is_wanted.set(true);
        self.seen.take()
    }

    /// Why nobody could be seen; told once.
    pub fn blindness(&self) -> Option<String> {
        let reason = self.blind.take().filter(|_| !self.was_told.replace(true))?;
        Some(format!("who holds a lock cannot be seen: {reason}"))
    }

    /// Looks, as long as a statement of the session `pid` runs; it does not return.
    pub async fn watch(&self, pid: i32) {
        if !self.is_wanted.get() {
            return std::future::pending().await;
        }
        self.seen.take();
        let mut pause = FIRST_PAUSE;
        loop {
            tokio::time::sleep(pause).await;
            let seen = self.look(pid).await;
            // One who has just left may have been it.
            if !seen.is_empty() {
                self.seen.replace(seen);
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Follows a statement of the session `pid` that takes long; it does not return.
    pub async fn follow(&self, pid: i32, tell: &mut Telling<'_>) {
        let began = Instant::now();
        tokio::time::sleep(FIRST_TOLD).await;
        loop {
            let waits_for = self.look(pid).await;
            let (phase, share) = self.progress(pid).await.unwrap_or_default();
            tell(&Ongoing { elapsed: began.elapsed(), phase, share, waits_for });
            tokio::time::sleep(TOLD_EVERY).await;
        }
    }

    /// What the server tells of an index that is built.
    async fn progress(&self, pid: i32) -> Option<(Option<String>, Option<Share>)> {
        let connected = self.connected().await?;
        let sql = include_str!("concurrent.sql").replace("__PID__", &pid.to_string());
        let answer = connected.client.simple_query(&sql).await.ok()?;
        let row = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        })?;
        let count = |column: usize| row.get(column)?.parse().ok();
        let unit = *["session", "block", "row"].iter().find(|it| row.get(3) == Some(**it))?;
        let share = count(1).zip(count(2)).filter(|(_, total)| *total > 0);
        let share = share.map(|(done, total)| Share { done, total, unit });
        Some((row.get(0).map(str::to_owned), share))
    }

    /// Whom the session waits for.
    async fn look(&self, pid: i32) -> Vec<Blocker> {
        self.ask(
            "",
            &format!("SELECT unnest(pg_blocking_pids({pid}))"),
            &format!("SELECT relation FROM pg_locks WHERE pid = {pid} AND NOT granted"),
        )
        .await
    }

    /// Who holds locks that exclude these, each on a table as it is found after `path` was run.
    pub async fn holders(
        &self,
        pid: i32,
        path: &str,
        wanted: &[(String, LockStrength)],
    ) -> Vec<Blocker> {
        let excluded = |(table, lock): &(String, LockStrength)| {
            let modes = CONFLICTS.iter().filter(|(it, _)| it == lock);
            let modes = modes.flat_map(|(_, modes)| modes.split_whitespace());
            let modes: Vec<String> = modes.map(|it| format!("'{it}Lock'")).collect();
            let table = quote_literal(Engine::Postgres, table);
            format!("relation = to_regclass({table}) AND mode IN ({})", modes.join(", "))
        };
        let conditions: Vec<String> = wanted.iter().map(excluded).collect();
        if conditions.is_empty() {
            return Vec::new();
        }
        let conditions = conditions.join(" OR ");
        let held = |what: &str| {
            format!(
                "SELECT {what} FROM pg_locks WHERE granted AND pid IS DISTINCT FROM {pid} \
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
                 AND ({conditions})"
            )
        };
        let path = format!("BEGIN READ ONLY; {path}; ");
        self.ask(&path, &held("coalesce(pid, 0)"), &held("relation")).await
    }

    /// What cannot be asked is not known: the lock is what matters, not this.
    async fn ask(&self, begin: &str, blockers: &str, relations: &str) -> Vec<Blocker> {
        let Some(connected) = self.connected().await else { return Vec::new() };
        let asked = include_str!("lookout.sql")
            .replace("__BLOCKERS__", blockers)
            .replace("__RELATIONS__", relations);
        let end = if begin.is_empty() { "" } else { "; COMMIT" };
        let answer = connected.client.simple_query(&format!("{begin}{asked}{end}")).await;
        if answer.is_err() && !begin.is_empty() {
            // The transaction is over either way.
            let _ = connected.client.simple_query("ROLLBACK").await;
        }
        answer.unwrap_or_default().iter().filter_map(blocker).collect()
    }

    /// Ends one who holds a lock, from the second connection, so that a refusal ends no transaction
    /// of ours. Returns whether it was still there.
    pub async fn end(&self, blocker: &Blocker) -> Result<bool, Error> {
        let Some(connected) = self.connected().await else { return Ok(false) };
        // A role that may not see when it began is not told later either.
        let sql = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = {} \
             AND extract(epoch FROM backend_start) IS NOT DISTINCT FROM {}",
            blocker.pid,
            blocker.began.as_deref().unwrap_or("NULL")
        );
        let answer = connected.client.simple_query(&sql).await?;
        Ok(answer.iter().any(|it| matches!(it, SimpleQueryMessage::Row(_))))
    }

    /// The locks were had: whoever is in the way from now on is in the way of something else.
    pub fn rest(&self) {
        self.is_wanted.set(false);
    }

    async fn connected(&self) -> Option<Arc<Connected>> {
        let open = self.connected.borrow().clone().filter(|it| !it.client.is_closed());
        if open.is_some() {
            return open;
        }
        match self.open().await {
            Ok(connected) => {
                self.connected.replace(Some(Arc::clone(&connected)));
                Some(connected)
            }
            Err(reason) => {
                tracing::debug!(reason, "no second connection");
                self.blind.replace(Some(reason));
                None
            }
        }
    }

    /// A connection to the same server, or why there is none.
    async fn open(&self) -> Result<Arc<Connected>, String> {
        let opened = connect_beside(&self.parameters, &self.server, &self.address).await;
        let connected = opened.map_err(|error| error.to_string())?;
        let ready = "SET application_name = 'turnback lookout'; SET search_path = pg_catalog; \
                     SELECT extract(epoch FROM pg_postmaster_start_time())";
        let answer = connected.client.simple_query(ready).await;
        let answer = answer.map_err(|error| error.to_string())?;
        let started = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        if started == Some(self.started.borrow().as_str()) {
            Ok(Arc::new(connected))
        } else {
            Err("the second connection reached another server than the first".to_owned())
        }
    }
}

fn blocker(message: &SimpleQueryMessage) -> Option<Blocker> {
    let SimpleQueryMessage::Row(row) = message else { return None };
    let text = |row: &SimpleQueryRow, column: usize| row.get(column).map(str::to_owned);
    Some(Blocker {
        pid: row.get(0)?.parse().ok()?,
        user: text(row, 1),
        application: text(row, 2),
        client: text(row, 3),
        state: text(row, 4),
        seconds: row.get(5).and_then(|it| it.parse().ok()),
        holds: text(row, 6),
        query: text(row, 7),
        began: text(row, 8),
    })
}
