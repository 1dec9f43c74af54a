//! What the functions of the bundled sets do when several connections call them at once.
//!
//! Where the order matters it is forced: one transaction is held open until the other waits for
//! it. Where any order must do, many connections run freely and what is left is counted.

mod auth_mixed;
mod auth_sessions;
mod refresh_tokens;
mod rls_sessions;
mod user_sessions;

use std::sync::Barrier;
use std::thread;

use crate::support::{Answer, Client, Cluster, Database, PATIENCE, Turnback, poll};

/// A database with a whole set in it.
fn database_with(set: &str) -> Database {
    let database = Cluster::shared().database();
    let url = database.url();
    Turnback::new(&["-D", &url, "--set", set, "migrate"]).run().expect_code(0);
    database
}

/// What `second` answers when it is asked while a transaction of `first` is open. That ends, with
/// `end`, once `second` waits for it; a `second` that does not wait fails the test.
#[track_caller]
fn asked_behind(first: &Client, end: &str, second: &Client, sql: &str) -> Answer {
    thread::scope(|scope| {
        let asked = scope.spawn(|| second.ask(sql));
        let waiting =
            format!("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = {}", second.pid());
        let waited = poll(PATIENCE, || match first.tell(&waiting).as_str() {
            "1" => Some(true),
            _ => asked.is_finished().then_some(false),
        });
        assert_eq!(waited, Some(true), "this did not wait for the other transaction:\n{sql}");
        first.tell(end);
        asked.join().expect("the server answers")
    })
}

/// Runs `work` on that many connections, which begin together, and returns what each returned.
/// Work that meets the others at the barrier must not fail in between: they would wait for it.
fn together<T: Send>(
    database: &Database,
    connections: usize,
    work: impl Fn(usize, &Client, &Barrier) -> T + Sync,
) -> Vec<T> {
    let barrier = Barrier::new(connections);
    thread::scope(|scope| {
        let (barrier, work) = (&barrier, &work);
        let threads: Vec<_> = (0..connections)
            .map(|number| {
                scope.spawn(move || {
                    let client = Client::connect(database);
                    barrier.wait();
                    work(number, &client, barrier)
                })
            })
            .collect();
        threads.into_iter().map(|it| it.join().expect("it says above what failed")).collect()
    })
}

/// A uuid that a person can tell from the others.
fn uuid(kind: u32, number: usize) -> String {
    format!("{kind:08x}-0000-4000-8000-{number:012x}")
}
