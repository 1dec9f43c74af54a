//! `cargo bench --bench application`: what an application notices while a bundled set comes to tables
//! in use, beside the same files by `psql -f`. For docs/benchmarks.md.
//!
//! All steps behind those that make the tables, on a million rows, with two disturbances that every
//! database knows: a transaction that was left open and has read the tables, for the first twenty
//! seconds, and readers that take three seconds and more each.
//!
//! It needs some 3 GB in `/dev/shm` or the temporary directory, and pgbench. With names of sets
//! (`cargo bench --bench application -- rls-sessions`), those.

#[path = "backfill/load.rs"]
mod load;
#[path = "application/sets.rs"]
mod sets;
#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "the harness of the integration tests has more than is needed here"
)]
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::env;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{available_parallelism, scope, sleep};
use std::time::{Duration, Instant};

use load::{Latencies, Load, SERVER, Window};
use sets::{SETS, Set};
use support::{Client, Cluster, Database, OtherSession, Turnback};
use turnback::sets::load_bundled;

const ROWS: u32 = 1_000_000;
/// How long the load runs before a way begins, and how long it is measured alone.
const HEAD_START: Duration = Duration::from_secs(2);
const ALONE: Duration = Duration::from_secs(30);
/// How long the transaction stays open that somebody forgot.
const FORGOTTEN: Duration = Duration::from_secs(20);
/// How long there is no reader behind one.
const BETWEEN_READERS: Duration = Duration::from_secs(1);

fn main() {
    // Cargo adds a flag of its own.
    let names: Vec<String> = env::args().skip(1).filter(|it| !it.starts_with("--")).collect();
    let cluster = Cluster::private(&SERVER);
    let cores = available_parallelism().map_or(0, usize::from);
    println!("PostgreSQL {}, {cores} cores, fsync off\n", cluster.psql("SHOW server_version"));
    println!("| set | | time | requests | p50 | p90 | p99 | p99.9 | slowest |");
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|");
    for set in SETS.iter().filter(|set| names.is_empty() || names.iter().any(|it| it == set.name)) {
        let filled = filled(&cluster, set);
        measure(set, &filled, "the application alone", |_| sleep(ALONE));
        measure(set, &filled, "`migrate`", |database| migrate(set, database));
        measure(set, &filled, "`psql -f`", |database| psql(set, database));
    }
}

/// The set's tables as they are before what is measured, with their rows.
fn filled(cluster: &Cluster, set: &Set) -> Database {
    let database = cluster.database();
    let to = set.filled_at.to_string();
    let install = ["-D", &database.url(), "--set", set.name, "migrate", "--to", &to];
    Turnback::new(&install).run().expect_code(0);
    // Foreign keys are not looked up a million times: the rows fit.
    let before = "SET session_replication_role = replica;";
    database.psql(&format!("\\set rows {ROWS}\n{before}\n{}", set.rows));
    database
}

fn measure(set: &Set, filled: &Database, name: &str, way: impl Fn(&Database)) {
    let database = filled.copy();
    database.psql("VACUUM (ANALYZE); CHECKPOINT");
    let load = Load::start(&database, set.request, ROWS);
    sleep(HEAD_START);
    let window = disturbed(set, &database, || way(&database));
    let taken = window.taken().as_secs_f64();
    println!("| {} | {name} | {taken:.1} s | {} |", set.name, cells(&load.stop(&window)));
}

/// Works while others hold the tables, as they do.
fn disturbed(set: &Set, database: &Database, work: impl FnOnce()) -> Window {
    let ended = AtomicBool::new(false);
    let each = |of: &str| {
        let selects = set.tables.iter().map(|table| format!("SELECT {of} FROM {table} LIMIT 1;"));
        selects.collect::<Vec<_>>().join(" ")
    };
    let forgotten = OtherSession::holding(database, "forgotten", &format!("BEGIN; {}", each("id")));
    let reading = format!("BEGIN; {} SELECT pg_sleep(3); COMMIT", each("count(*)"));
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
                reader.tell(&reading);
                sleep(BETWEEN_READERS);
            }
        });
        let window = Window::of(work);
        ended.store(true, Ordering::Relaxed);
        window
    })
}

fn migrate(set: &Set, database: &Database) {
    let args = ["-D", &database.url(), "--set", set.name, "--ddl-lock-timeout", "10m", "migrate"];
    // A run of the tests has less patience.
    let mut run = Turnback::new(&args).spawn();
    while run.is_running() {
        sleep(Duration::from_millis(1));
    }
    run.wait().expect_code(0);
}

/// Each file as it stands: in one transaction, where it runs in one.
fn psql(set: &Set, database: &Database) {
    let bundled = load_bundled(set.name).expect("it is bundled");
    for migration in bundled.migrations.iter().filter(|it| it.version.get() > set.filled_at) {
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
