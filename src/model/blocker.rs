//! Who stands in the way of a lock.

use std::fmt;

use serde::Serialize;

/// A session that holds what another one waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocker {
    /// Its process on the server; 0 for a prepared transaction.
    pub pid: i32,
    /// Its role, where the server says.
    pub user: Option<String>,
    /// What it calls itself.
    pub application: Option<String>,
    /// Where it comes from.
    pub client: Option<String>,
    /// What it does: `active`, `idle in transaction` and the like.
    pub state: Option<String>,
    /// For how many seconds its transaction has been open.
    pub seconds: Option<u64>,
    /// The locks it holds on what is waited for: `ACCESS SHARE on public.users`.
    pub holds: Option<String>,
    /// The statement it runs, or ran last.
    pub query: Option<String>,
    /// When its process began, in seconds since 1970: its number may pass to another one.
    #[serde(skip)]
    pub began: Option<String>,
}

impl Blocker {
    /// The statement by which an operator ends it.
    pub fn ending(&self) -> String {
        match self.pid {
            0 => "ROLLBACK PREPARED '<gid>'; -- pg_prepared_xacts lists them".to_owned(),
            pid => format!("SELECT pg_terminate_backend({pid});"),
        }
    }
}

/// `pid 4711 (psql, role ada, from 10.0.0.7), idle in transaction for 35 s, holds ACCESS SHARE on
/// public.users: SELECT …`.
impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pid == 0 {
            f.write_str("a prepared transaction")?;
        } else {
            write!(f, "pid {}", self.pid)?;
        }
        let user = self.user.as_ref().map(|user| format!("role {user}"));
        let client = self.client.as_ref().map(|client| format!("from {client}"));
        let who: Vec<String> = self.application.iter().cloned().chain(user).chain(client).collect();
        if !who.is_empty() {
            write!(f, " ({})", who.join(", "))?;
        }
        if let Some(state) = &self.state {
            write!(f, ", {state}")?;
        }
        if let Some(seconds) = self.seconds {
            write!(f, " for {seconds} s")?;
        }
        if let Some(holds) = &self.holds {
            write!(f, ", holds {holds}")?;
        }
        if let Some(query) = &self.query {
            write!(f, ": {query}")?;
        }
        Ok(())
    }
}
