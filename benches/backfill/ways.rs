//! The ways of filling the columns that V13 of the set fills.

use std::thread;
use std::time::Duration;

use crate::support::{Client, Database, Turnback};

/// A way, and what it does to a database in the state of V12.
pub struct Way {
    pub name: &'static str,
    pub run: fn(&Database),
}

pub const TURNBACK: &str = "`migrate`";
pub const COMBINED: &str = "one `UPDATE`";
pub const FOUR: &str = "four `UPDATE`s";

/// In the order of their turns.
pub const WAYS: &[Way] = &[
    Way { name: TURNBACK, run: |database| migrate(database, &[]) },
    Way {
        name: "`migrate --no-backup`",
        run: |database| migrate(database, &["--no-backup", "--force"]),
    },
    Way { name: COMBINED, run: |database| drop(database.psql(combined())) },
    Way { name: FOUR, run: |database| drop(database.psql(SEPARATE)) },
    Way { name: "batches of 1,000 by key", run: batches },
];

const BATCH: usize = 1_000;
const MIGRATION: &str =
    include_str!("../../migrations/auth-sessions/V13__auth_sessions_backfill.sql");
/// A transaction for each column, with the expressions of the migration.
const SEPARATE: &str = "
UPDATE auth_sessions SET family_id = gen_random_uuid() WHERE family_id IS NULL;
UPDATE auth_sessions SET auth_time = coalesce(created_at, now()) WHERE auth_time IS NULL;
UPDATE auth_sessions SET device_hash = encode(sha256(convert_to(user_agent, 'UTF8')), 'hex')
 WHERE device_hash IS NULL AND user_agent IS NOT NULL;
UPDATE auth_sessions SET last_ip_cidr = auth_sessions_network(ip::text)
 WHERE last_ip_cidr IS NULL AND auth_sessions_network(ip::text) IS NOT NULL;
";

/// The statement of the migration.
fn combined() -> &'static str {
    let begin = MIGRATION.find("UPDATE auth_sessions\n").expect("the migration has one UPDATE");
    let statement = &MIGRATION[begin..];
    let end = statement.find(';').expect("a statement ends");
    &statement[..end]
}

/// What its rows have in common.
pub fn condition() -> &'static str {
    let (_, condition) = combined().split_once(" WHERE ").expect("it names the rows it fills");
    condition
}

/// Runs the program, for longer than the tests have patience.
fn migrate(database: &Database, flags: &[&str]) {
    let url = database.url();
    let args = ["-D", &url, "--set", "auth-sessions", "migrate", "--to", "13"];
    let mut run = Turnback::new(&[&args, flags].concat()).spawn();
    while run.is_running() {
        thread::sleep(Duration::from_millis(1));
    }
    run.wait().expect_code(0);
}

/// As libraries do it: one batch after the other in the order of the key, a transaction each.
fn batches(database: &Database) {
    let client = Client::connect(database);
    let (update, condition) = combined().split_once(" WHERE ").expect("it names its rows");
    let mut last = String::new();
    loop {
        let keys = client.tell(&format!(
            "SELECT id FROM auth_sessions WHERE id > '{last}' ORDER BY id LIMIT {BATCH}"
        ));
        let Some(first) = keys.lines().next() else { return };
        keys.lines().next_back().unwrap_or(first).clone_into(&mut last);
        client.tell(&format!("{update} WHERE id BETWEEN '{first}' AND '{last}' AND ({condition})"));
    }
}
