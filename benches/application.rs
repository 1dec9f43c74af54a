//! `cargo bench --bench application`: what an application notices of a whole migration on a table in
//! use, beside the same files by `psql -f`. For docs/benchmarks.md.
//!
//! The steps of the bundled set auth-sessions from V13 on: a backfill of four columns, constraints
//! checked, columns that may no longer be NULL, indexes, functions, views; on a million rows, with
//! two disturbances that every database knows: a transaction that was left open and has read the
//! table, for its first twenty seconds, and readers that take three seconds each.
//!
//! It needs some 3 GB in `/dev/shm` or the temporary directory, and pgbench.

#[path = "backfill/load.rs"]
mod load;
#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "the harness of the integration tests has more than is needed here"
)]
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{available_parallelism, scope, sleep};
use std::time::{Duration, Instant};

use load::{Latencies, Load, Window};
use support::{Client, Cluster, Database, OtherSession, Turnback};
use turnback::sets::load_bundled;

const SET: &str = "auth-sessions";
const ROWS: u32 = 1_000_000;
/// The last version that the table is filled at.
const FILLED_AT: i64 = 12;
/// How long the load runs before a way begins, and how long it is measured alone.
const HEAD_START: Duration = Duration::from_secs(2);
const ALONE: Duration = Duration::from_secs(30);
/// How long the transaction stays open that somebody forgot.
const FORGOTTEN: Duration = Duration::from_secs(20);
/// What a reader does, and how long there is none behind it.
const READER: &str = "BEGIN; SELECT count(*) FROM auth_sessions; SELECT pg_sleep(3); COMMIT";
const BETWEEN_READERS: Duration = Duration::from_secs(1);

fn main() {
    let cluster = Cluster::private(&[
        ("shared_buffers", "1GB"),
        ("autovacuum", "on"),
        ("wal_level", "replica"),
        ("max_wal_size", "4GB"),
        ("checkpoint_timeout", "1h"),
    ]);
    let cores = available_parallelism().map_or(0, usize::from);
    println!("PostgreSQL {}, {cores} cores, fsync off\n", cluster.psql("SHOW server_version"));
    println!("| | time | requests | p50 | p90 | p99 | p99.9 | slowest |");
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    let filled = filled(&cluster);
    measure(&filled, "the application alone", |_| sleep(ALONE));
    measure(&filled, "`migrate`", migrate);
    measure(&filled, "`psql -f`", psql);
}

/// The set's table as it is before V13, with its rows.
fn filled(cluster: &Cluster) -> Database {
    let database = cluster.database();
    let to = FILLED_AT.to_string();
    let install = ["-D", &database.url(), "--set", SET, "migrate", "--to", &to];
    Turnback::new(&install).run().expect_code(0);
    let script = include_str!("backfill/rows.sql");
    // Foreign keys are not looked up a million times: the rows fit.
    database.psql(&format!("\\set rows {ROWS}\nSET session_replication_role = replica;\n{script}"));
    database
}

fn measure(filled: &Database, name: &str, way: impl Fn(&Database)) {
    let database = filled.copy();
    database.psql("VACUUM (ANALYZE); CHECKPOINT");
    let load = Load::start(&database, ROWS);
    sleep(HEAD_START);
    let window = disturbed(&database, || way(&database));
    let taken = window.taken().as_secs_f64();
    println!("| {name} | {taken:.1} s | {} |", cells(&load.stop(&window)));
}

/// Works while others hold the table, as they do.
fn disturbed(database: &Database, work: impl FnOnce()) -> Window {
    let ended = AtomicBool::new(false);
    let forgotten =
        OtherSession::holding(database, "forgotten", "BEGIN; SELECT id FROM auth_sessions LIMIT 1");
    scope(|scope| {
        scope.spawn(|| {
            let began = Instant::now();
            while began.elapsed() < FORGOTTEN && !ended.load(Ordering::Relaxed) {
                sleep(Duration::from_millis(100));
            }
            forgotten.end();
        });
        scope.spawn(|| {
            let reader = Client::connect(database);
            while !ended.load(Ordering::Relaxed) {
                reader.tell(READER);
                sleep(BETWEEN_READERS);
            }
        });
        let window = Window::of(work);
        ended.store(true, Ordering::Relaxed);
        window
    })
}

fn migrate(database: &Database) {
    let args = ["-D", &database.url(), "--set", SET, "--ddl-lock-timeout", "10m", "migrate"];
    // A run of the tests has less patience.
    let mut run = Turnback::new(&args).spawn();
    while run.is_running() {
        sleep(Duration::from_millis(1));
    }
    run.wait().expect_code(0);
}

/// Each file as it stands: in one transaction, where it runs in one.
fn psql(database: &Database) {
    let set = load_bundled(SET).expect("it is bundled");
    for migration in set.migrations.iter().filter(|it| it.version.get() > FILLED_AT) {
        let text = &migration.script.stored.text;
        if text.contains("-- turnback:transaction off") {
            database.psql(text);
        } else {
            database.psql(&format!("BEGIN;\n{text}\nCOMMIT;"));
        }
    }
}

fn cells(latencies: &Latencies) -> String {
    let [p50, p90, p99, p999, slowest] =
        [500, 900, 990, 999, 1_000].map(|share| latencies.per_mille(share));
    let count = latencies.count();
    format!("{count} | {p50:.1} | {p90:.1} | {p99:.1} | {p999:.1} | {slowest:.1}")
}
