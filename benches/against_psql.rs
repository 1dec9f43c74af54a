//! `cargo bench`: what turnback costs, beside `psql` doing the same work on the same server.
//!
//! Both run as whole processes, in turns, so that whatever else the machine does meets both. The
//! files are the same: 1,000 small migrations, each a transaction of its own. `psql` gets them in
//! one process, from a script with `BEGIN; \i FILE; COMMIT` for each; it keeps no record, takes no
//! lock and checks nothing, so it is the floor. What it does beside the no-op and `status` is to
//! read the history that they read.

#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "the harness of the integration tests has more than is needed here"
)]
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::{Cluster, Database, Project, psql_at};

const MIGRATIONS: i64 = 1_000;
/// How often the quick things are measured, and how often all migrations are applied.
const QUICK: usize = 31;
const SLOW: usize = 7;
const READ_HISTORY: &str = "SELECT * FROM refinery_schema_history ORDER BY version";

fn main() {
    println!("median of {QUICK} runs for the quick ones, of {SLOW} for {MIGRATIONS} migrations\n");
    println!("{:44} {:>10} {:>10} {:>7}", "", "turnback", "psql", "ratio");
    let project = project();
    let driver = driver(&project);
    // The first tells what the programs cost, the second what an operator waits for.
    let unsafe_but_fast = Cluster::shared();
    let durable = Cluster::private(&[("fsync", "on"), ("wal_level", "replica")]);
    for (cluster, kind) in [(unsafe_but_fast, "fsync off"), (&durable, "fsync on")] {
        apply(cluster, &project, &driver, kind);
        read(cluster, &project, kind);
    }
}

/// The files: every second migration makes a table, the others write to it.
fn project() -> Project {
    let project = Project::new();
    for version in 1..=MIGRATIONS {
        let table = version - 1 + version % 2;
        let (up, down) = if version % 2 == 1 {
            (
                format!("CREATE TABLE t{table} (id integer PRIMARY KEY, body text NOT NULL);\n"),
                format!("DROP TABLE t{table};\n"),
            )
        } else {
            (
                format!("INSERT INTO t{table} (id, body) VALUES ({version}, 'one');\n"),
                format!("DELETE FROM t{table} WHERE id = {version};\n"),
            )
        };
        project.migration(version, "small", &up, &down);
    }
    project
}

/// What `psql` runs: the same files in the same order, one transaction each.
fn driver(project: &Project) -> String {
    let mut script = String::new();
    for version in 1..=MIGRATIONS {
        let file = project.path().join(format!("migrations/V{version}__small.sql"));
        script += &format!("BEGIN;\n\\i {}\nCOMMIT;\n", file.display());
    }
    script
}

fn apply(cluster: &Cluster, project: &Project, driver: &str, kind: &str) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..SLOW {
        let (one, other) = (cluster.database(), cluster.database());
        ours.push(time(|| turnback(project, &one, &["migrate"])));
        theirs.push(time(|| psql(&other, driver)));
        let count = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname ~ '^t[0-9]+$'";
        assert_eq!(one.psql(count), other.psql(count), "they did not do the same");
    }
    line(&format!("apply {MIGRATIONS} migrations, {kind}"), ours, theirs);
}

fn read(cluster: &Cluster, project: &Project, kind: &str) {
    let database = cluster.database();
    turnback(project, &database, &["migrate"]);
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..QUICK {
        times[0].push(time(|| turnback(project, &database, &["migrate"])));
        times[1].push(time(|| psql(&database, READ_HISTORY)));
        times[2].push(time(|| turnback(project, &database, &["status"])));
    }
    let [nothing, history, status] = times;
    line(&format!("migrate, nothing to do, {kind}"), nothing, history.clone());
    line(&format!("status, {kind}"), status, history);
}

fn time(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

fn turnback(project: &Project, database: &Database, args: &[&str]) {
    let status = Command::new(env!("CARGO_BIN_EXE_turnback"))
        .args(args)
        .current_dir(project.path())
        .env_clear()
        .env("DATABASE_URL", database.url())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    assert!(status.expect("cargo built it").success(), "turnback {args:?} failed");
}

fn psql(database: &Database, sql: &str) {
    psql_at(&database.url(), sql, &[]).expect("psql does what turnback did");
}

fn line(what: &str, ours: Vec<Duration>, theirs: Vec<Duration>) {
    let (ours, theirs) = (median(ours), median(theirs));
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    let milliseconds = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1_000.0);
    println!("{what:44} {:>10} {:>10} {ratio:>7.2}", milliseconds(ours), milliseconds(theirs));
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
