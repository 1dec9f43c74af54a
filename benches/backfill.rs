//! `cargo bench --bench backfill`: what filling four columns of a table in use costs, and what the
//! application notices of it, for the bundled set auth-sessions: its V13, beside the ways of doing
//! the same by hand. For docs/benchmarks.md.
//!
//! In turns, each on a copy of one database in the state of V12, with rows that lack all four
//! values. turnback runs as a whole process. First without load; then each way once more while an
//! application reads and writes the table, and that load alone.
//!
//! It needs some 15 GB in `/dev/shm` or the temporary directory for five million rows, and pgbench.
//! Other numbers of rows than those of `SIZES` are given as arguments:
//! `cargo bench --bench backfill -- 100000 1000000`.

#[path = "backfill/load.rs"]
mod load;
#[path = "backfill/results.rs"]
mod results;
#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "the harness of the integration tests has more than is needed here"
)]
#[path = "../tests/it/support/mod.rs"]
mod support;
#[path = "backfill/ways.rs"]
mod ways;

use std::env;
use std::thread::{available_parallelism, sleep};
use std::time::{Duration, Instant};

use load::{Load, SERVER, Window};
use results::{Results, Sizes};
use support::{Cluster, Database, Turnback};
use ways::{FOUR, WAYS, Way};

/// What the application asks for.
const REQUEST: &str = include_str!("backfill/application.sql");
const SIZES: [u32; 2] = [1_000_000, 5_000_000];
/// Without load, each way is repeated this often, where there are no more rows than that.
const RUNS: usize = 3;
const REPEATED_UP_TO: u32 = 1_000_000;
/// How long the load runs before a way begins, and how long it is measured alone.
const HEAD_START: Duration = Duration::from_secs(2);
const ALONE: Duration = Duration::from_secs(15);

fn main() {
    let cluster = Cluster::private(&SERVER);
    let cores = available_parallelism().map_or(0, usize::from);
    println!("PostgreSQL {}, {cores} cores, fsync off", cluster.psql("SHOW server_version"));
    for rows in sizes() {
        compare(&cluster, rows);
    }
}

/// The numbers among the arguments; cargo adds `--bench`.
fn sizes() -> Vec<u32> {
    let given = env::args().skip(1).filter(|argument| argument != "--bench");
    let number = |argument: String| {
        let number = argument.parse().ok().filter(|rows| *rows > 0);
        number.unwrap_or_else(|| panic!("{argument:?} is no number of rows"))
    };
    let given: Vec<u32> = given.map(number).collect();
    if given.is_empty() { SIZES.to_vec() } else { given }
}

fn compare(cluster: &Cluster, rows: u32) {
    let filled = filled(cluster, rows);
    let Sizes { heap, indexes, .. } = Sizes::of(&filled);
    let runs = if rows <= REPEATED_UP_TO { RUNS } else { 1 };
    println!("\n{rows} rows, {} MB and {} MB of indexes", heap / 1_000_000, indexes / 1_000_000);

    let mut results = Results::new(rows);
    for _ in 0..runs {
        for way in WAYS {
            undisturbed(&filled, way, &mut results);
        }
    }
    alone(&filled, rows, &mut results);
    // Minutes behind one statement after the other say no more of many rows than of fewer ones.
    let is_short = |way: &&Way| rows <= REPEATED_UP_TO || way.name != FOUR;
    for way in WAYS.iter().filter(is_short) {
        under_load(&filled, way, rows, &mut results);
    }
    results.print();
}

/// The set's table as it is before V13, with its rows.
fn filled(cluster: &Cluster, rows: u32) -> Database {
    let database = cluster.database();
    let install = ["-D", &database.url(), "--set", "auth-sessions", "migrate", "--to", "12"];
    Turnback::new(&install).run().expect_code(0);
    let script = include_str!("backfill/rows.sql");
    // Foreign keys are not looked up a million times: the rows fit.
    database.psql(&format!("\\set rows {rows}\nSET session_replication_role = replica;\n{script}"));
    settle(&database);
    database
}

/// Statistics and visibility as after a night's vacuum, and nothing left to write for whoever comes
/// first.
fn settle(database: &Database) {
    database.psql("VACUUM (ANALYZE); CHECKPOINT");
}

fn undisturbed(filled: &Database, way: &Way, results: &mut Results) {
    let database = filled.copy();
    settle(&database);
    let before = Sizes::of(&database);
    let window = carry_out(way, &database);
    results.undisturbed(way.name, window.taken(), &before, &Sizes::of(&database));
}

fn under_load(filled: &Database, way: &Way, rows: u32, results: &mut Results) {
    let database = filled.copy();
    settle(&database);
    let before = Sizes::of(&database);
    let load = Load::start(&database, REQUEST, rows);
    sleep(HEAD_START);
    let window = carry_out(way, &database);
    let after = Sizes::of(&database);
    results.under_load(way.name, window.taken(), &before, &after, load.stop(&window));
}

fn alone(filled: &Database, rows: u32, results: &mut Results) {
    let database = filled.copy();
    settle(&database);
    let load = Load::start(&database, REQUEST, rows);
    sleep(HEAD_START);
    let window = Window::of(|| sleep(ALONE));
    results.alone(window.taken(), load.stop(&window));
}

/// Fails unless nothing is left to fill.
fn carry_out(way: &Way, database: &Database) -> Window {
    let began = Instant::now();
    let window = Window::of(|| (way.run)(database));
    eprintln!("{}: {:.2?}", way.name, began.elapsed());
    let left = format!("SELECT count(*) FROM auth_sessions WHERE {}", ways::condition());
    assert_eq!(database.psql(&left), "0", "rows that {} left out", way.name);
    window
}
