//! `cargo bench --bench backups`: what saving a column before it is dropped costs, and bringing it
//! back, beside the ways of doing so by hand: a table of keys and values, a copy of the table,
//! `pg_dump`. For docs/benchmarks.md.
//!
//! In turns, each on a copy of one database with a million sessions and all their indexes. turnback
//! runs as a whole process; what its backup alone costs is the difference to the same migration
//! with `--no-backup`. The server logs as one that others follow: under `wal_level = minimal` new
//! tables are not logged at all.

#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "the harness of the integration tests has more than is needed here"
)]
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use support::{Cluster, Database, Project, Turnback, in_memory};

const RUNS: usize = 3;
const ROWS: u32 = 1_000_000;
/// The set's migrations up to the views, which would not let the column go.
const LAST: &str = "22";

const UP: &str = "ALTER TABLE auth_sessions DROP COLUMN user_agent;\n";
const DOWN: &str = "ALTER TABLE auth_sessions ADD COLUMN user_agent text;
COMMENT ON COLUMN auth_sessions.user_agent IS 'User-Agent header, as the client sent it.';
";

fn main() {
    let cluster = Cluster::private(&[
        ("shared_buffers", "1GB"),
        ("autovacuum", "off"),
        ("wal_level", "replica"),
        ("max_wal_size", "16GB"),
        ("checkpoint_timeout", "1h"),
    ]);
    let filled = filled(&cluster);
    let size = filled.psql(
        "SELECT pg_table_size('auth_sessions') / 1000000, pg_indexes_size('auth_sessions') / 1000000",
    );
    let (table, indexes) = size.split_once('|').expect("two columns were asked for");
    println!("PostgreSQL {}; {ROWS} rows, {table} MB", cluster.psql("SHOW server_version"));
    println!("and {indexes} MB of indexes; median of {RUNS} runs, and the slowest\n");

    let mut results = Results::default();
    for _ in 0..RUNS {
        by_hand(&filled.copy(), &mut results);
        for (name, flags) in [
            ("without a backup", &["--no-backup", "--force"][..]),
            ("with its backup", &[]),
            ("with `--backup full`", &["--backup", "full"]),
        ] {
            there_and_back(&filled.copy(), name, flags, &mut results);
        }
    }
    results.print();
}

/// The set's table with its rows, statistics and visibility as after a night's vacuum.
fn filled(cluster: &Cluster) -> Database {
    let database = cluster.database();
    let install = ["-D", &database.url(), "--set", "auth-sessions", "migrate", "--to", LAST];
    Turnback::new(&install).run().expect_code(0);
    let rows = include_str!("set_targets/auth-sessions.sql");
    // Foreign keys are not looked up a million times: the rows fit.
    database.psql(&format!("SET session_replication_role = replica;\n{rows}"));
    database.psql("VACUUM ANALYZE");
    database
}

/// The migration and its rollback.
fn there_and_back(database: &Database, name: &str, flags: &[&str], results: &mut Results) {
    let project = Project::for_database(database);
    project.migration(1, "drop_user_agent", UP, DOWN);
    let migrate = [&["migrate"], flags].concat();
    let taken = run(&project, &migrate);
    let kept = "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class \
                WHERE relnamespace = 'turnback'::regnamespace AND relkind = 'r' \
                AND relname LIKE 'auth\\_sessions\\_backup\\_%'";
    let bytes = database.psql(kept);
    results.add(&format!("`migrate` {name}"), taken, &bytes);
    let taken = run(&project, &["rollback", "--force"]);
    results.add(&format!("`rollback` {name}"), taken, "0");
    let back = database.psql("SELECT count(*) FROM auth_sessions WHERE user_agent IS NOT NULL");
    let expected = if bytes == "0" { "0".to_owned() } else { ROWS.to_string() };
    assert_eq!(back, expected, "rows that have their value again");
}

/// Runs the program, for longer than the tests have patience.
fn run(project: &Project, args: &[&str]) -> Duration {
    time(|| {
        let mut run = project.command(args).spawn();
        while run.is_running() {
            thread::sleep(Duration::from_millis(1));
        }
        run.wait().expect_code(0);
    })
}

/// What people do instead.
fn by_hand(database: &Database, results: &mut Results) {
    for (name, columns) in [
        ("`CREATE TABLE AS` of key and column", "id, user_agent"),
        ("`CREATE TABLE AS` of all columns", "*"),
    ] {
        let place = if columns == "*" { "kept_rows" } else { "kept" };
        let sql = format!("CREATE TABLE {place} AS SELECT {columns} FROM auth_sessions");
        let taken = time(|| drop(database.psql(&sql)));
        let size = format!("SELECT pg_total_relation_size('{place}')");
        results.add(name, taken, &database.psql(&size));
    }
    let directory = in_memory();
    let file = directory.path().join("dump");
    let into = format!("--file={}", file.display());
    for (name, format) in [("`pg_dump -t … -Fc`", "custom"), ("`pg_dump -t …`, plain", "plain")]
    {
        let options = ["--table=auth_sessions", &format!("--format={format}"), &into];
        let taken = time(|| drop(database.dump_with(&options)));
        let size = fs::metadata(&file).expect("pg_dump wrote it").len();
        results.add(name, taken, &size.to_string());
    }
    database.psql("ANALYZE kept");
    database.psql(UP);
    let update = "UPDATE auth_sessions AS s SET user_agent = k.user_agent FROM kept AS k \
                  WHERE k.id = s.id";
    let taken = time(|| drop(database.psql(&format!("BEGIN; {DOWN} {update}; COMMIT;"))));
    results.add("`ADD COLUMN`, `UPDATE … FROM`", taken, "0");
}

/// Times and sizes by what was measured, in the order of the first run.
#[derive(Default)]
struct Results(Vec<(String, Vec<Duration>, u64)>);

impl Results {
    fn add(&mut self, name: &str, taken: Duration, bytes: &str) {
        let bytes = bytes.parse().expect("it is a number of bytes");
        eprintln!("{name}: {taken:.2?}");
        match self.0.iter_mut().find(|(known, ..)| known == name) {
            Some((_, times, last)) => {
                times.push(taken);
                *last = bytes;
            }
            None => self.0.push((name.to_owned(), vec![taken], bytes)),
        }
    }

    fn print(self) {
        println!("| | median | slowest | rows/s | result |\n|---|--:|--:|--:|--:|");
        for (name, mut times, bytes) in self.0 {
            times.sort();
            let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
            println!(
                "| {name} | {:.2} s | {:.2} s | {:.0} | {} |",
                median.as_secs_f64(),
                slowest.as_secs_f64(),
                f64::from(ROWS) / median.as_secs_f64(),
                if bytes == 0 { String::new() } else { format!("{} MB", bytes / 1_000_000) },
            );
        }
    }
}

fn time(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}
