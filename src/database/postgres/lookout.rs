//! Who is in the way, seen from a second connection while the first one waits.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::{Error, SimpleQueryMessage, SimpleQueryRow};

use super::connect::{Connected, connect};
use crate::model::Blocker;
use crate::settings::libpq::ConnectionParameters;

/// How long a statement takes before it is looked who keeps it; it doubles with each look, up to
/// [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Looks out for those who keep a session waiting, once a lock was not had in time.
#[derive(Debug)]
pub(super) struct Lookout {
    parameters: Arc<ConnectionParameters>,
    is_wanted: Cell<bool>,
    connected: RefCell<Option<Arc<Connected>>>,
    seen: RefCell<Vec<Blocker>>,
}

impl Lookout {
    /// It sees nothing before it is asked to.
    pub fn new(parameters: Arc<ConnectionParameters>) -> Self {
        Self {
            parameters,
            is_wanted: Cell::new(false),
            connected: RefCell::new(None),
            seen: RefCell::new(Vec::new()),
        }
    }

    /// A lock was not had in time: who held it, if that was seen. From now on it is looked.
    pub fn blockers(&self) -> Vec<Blocker> {
        self.is_wanted.set(true);
        self.seen.take()
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

    /// What cannot be asked is not known: the lock is what matters, not this.
    async fn look(&self, pid: i32) -> Vec<Blocker> {
        let Some(connected) = self.connected().await else { return Vec::new() };
        let sql = include_str!("lookout.sql").replace("__PID__", &pid.to_string());
        let answer = connected.client.simple_query(&sql).await;
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
        let connected = Arc::new(connect(&self.parameters).await.ok()?);
        let ready = "SET application_name = 'turnback lookout'; SET search_path = pg_catalog";
        connected.client.simple_query(ready).await.ok()?;
        self.connected.replace(Some(Arc::clone(&connected)));
        Some(connected)
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
