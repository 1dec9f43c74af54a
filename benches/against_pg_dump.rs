//! `cargo bench --bench against_pg_dump`: what `verify`, and the reading of a catalog alone, cost
//! beside what `pg_dump` and `migra` take to look at the same database.
//!
//! In turns, so that whatever else the machine does meets all of them. The database has 1,000
//! tables, each with 10 columns, a primary key, 2 indexes, a check and a function. `verify`,
//! `pg_dump` and `migra` run as whole processes, the reading alone from connecting to the digest. migra compares
//! the database with itself; it is a Python program that has to be on the PATH, or is left out:
//!     python3 -m venv v && v/bin/pip install migra psycopg2-binary \
//!         'setuptools<80' 'sqlalchemy<2'

#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "the harness of the integration tests has more than is needed here"
)]
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::{Cluster, Database, Project};
use turnback::catalog::Scope;
use turnback::database::{Interrupt, open};
use turnback::settings::{Connection, Environment, libpq};

/// How often each is measured; migra takes its time.
const RUNS: usize = 15;
const RUNS_OF_MIGRA: usize = 3;

const TABLES: &str = "
DO $$
BEGIN
    FOR t IN 1..1000 LOOP
        EXECUTE format(
            'CREATE TABLE t%1$s (id bigint PRIMARY KEY, name text NOT NULL, '
            'count integer DEFAULT 0, made timestamptz DEFAULT now(), price numeric(10, 2), '
            'done boolean NOT NULL DEFAULT false, extra jsonb, key uuid, code varchar(50), '
            'day date, CONSTRAINT count_low CHECK (count >= 0)); '
            'CREATE INDEX t%1$s_name ON t%1$s (name); '
            'CREATE INDEX t%1$s_made ON t%1$s (made DESC, code); '
            'CREATE FUNCTION f%1$s(low integer) RETURNS bigint LANGUAGE sql STABLE AS '
            '''SELECT count(*) FROM t%1$s WHERE count > low''', t);
        -- Locks are kept for each object until the end of the transaction.
        IF t % 100 = 0 THEN COMMIT; END IF;
    END LOOP;
END
$$;";

fn main() {
    let fresh = Cluster::shared().database();
    let project = Project::for_database(&fresh);
    let up = format!("-- turnback:transaction off\n{TABLES}\n");
    project.migration(1, "tables", &up, "-- turnback:transaction off\nSELECT 1;\n");
    project.run(&["migrate"]).expect_code(0);
    measure(&fresh, &project, "without statistics");
    fresh.psql("VACUUM ANALYZE");
    measure(&fresh, &project, "with statistics");
}

fn measure(database: &Database, project: &Project, kind: &str) {
    let (mut verify, mut ours) = (Vec::new(), Vec::new());
    let (mut pg_dump, mut migra) = (Vec::new(), Vec::new());
    for run in 0..RUNS {
        verify.push(time(|| drop(project.run(&["verify"]).expect_code(0))));
        ours.push(time(|| read(database)));
        pg_dump.push(time(|| drop(database.dump_with(&["--schema-only"]))));
        if run < RUNS_OF_MIGRA {
            migra.extend(time_of_migra(database));
        }
    }
    let (verify, ours) = (median(verify), median(ours));
    println!("1,000 tables, {kind}: median of {RUNS} runs, of {RUNS_OF_MIGRA} of migra");
    println!("{:20} {:>10}", "verify", milliseconds(verify));
    println!("{:20} {:>10}", "read the catalog", milliseconds(ours));
    for (name, theirs) in [("pg_dump", pg_dump), ("migra", migra)] {
        if theirs.is_empty() {
            println!("{name:20} is not installed, and left out");
            continue;
        }
        let theirs = median(theirs);
        let ratio = |ours: Duration| ours.as_secs_f64() / theirs.as_secs_f64();
        println!(
            "{name:20} {:>10}   verify takes {:.2} of it, the reading {:.2}",
            milliseconds(theirs),
            ratio(verify),
            ratio(ours),
        );
    }
    println!();
}

fn read(database: &Database) {
    let nothing = Environment::of::<String, String>([], Path::new("/nonexistent"));
    let parameters = libpq::resolve(Some(&database.url()), &nothing);
    let parameters = parameters.expect("the harness writes sound URLs");
    let connection = Connection::Postgres(Box::new(parameters));
    let mut session = open(&connection, &Interrupt::default()).expect("the server runs");
    let catalog = session.read_catalog(&Scope::default()).expect("the server answers");
    assert!(catalog.objects.len() > 15_000, "1,000 tables have more objects");
    std::hint::black_box(catalog.digest());
}

/// `None` where it is not installed.
fn time_of_migra(database: &Database) -> Option<Duration> {
    let url = database.url().replace("postgres://", "postgresql://");
    let began = Instant::now();
    let status = Command::new("migra")
        .args([&url, &url])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let taken = began.elapsed();
    let status = status.ok()?;
    assert!(status.success(), "migra failed, or found a difference");
    Some(taken)
}

fn time(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1_000.0)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
