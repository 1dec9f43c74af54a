//! What a test needs to make its givens short: throwaway servers, databases, proxies, poolers,
//! terminals, projects, and runs of the program in an environment of their own.
//!
//! Nothing here is skipped when a server is missing: the test fails and says what to install.

mod binaries;
mod certificates;
mod client;
mod cluster;
mod command;
mod cuts;
mod daemon;
mod database;
mod either;
mod place;
mod pooler;
mod project;
mod proxy;
mod replica;
mod secured;
mod session;
mod small_disk;
pub mod snapshot;
mod sqlite_file;
mod terminal;

pub use client::{Answer, Client};
pub use cluster::Cluster;
pub use command::{Run, Running, Turnback, drift, turnback};
pub use cuts::{Stage, cut_everywhere};
pub use database::{Database, psql_at};
pub use either::Either;
pub use pooler::Pooler;
pub use project::Project;
pub use proxy::{Fault, Moment, Proxy, Trigger};
pub use replica::Replica;
pub use rustix::process::Signal;
pub use secured::{Login, Secured};
pub use session::{OtherSession, sessions, wait_for_statement};
pub use small_disk::SmallDisk;
pub use sqlite_file::SqliteFile;
pub use terminal::Terminal;

use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long anything in the harness may take before it is called hung.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A directory whose files need no disk, where the system has such a place: thousands of commits
/// are slow where each waits for a disk.
pub fn in_memory() -> TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("a temporary directory can be created")
}

/// Asks again and again until `question` has an answer, or `patience` is over.
pub fn poll<T>(patience: Duration, mut question: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(answer) = question() {
            return Some(answer);
        }
        if Instant::now() >= deadline {
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
