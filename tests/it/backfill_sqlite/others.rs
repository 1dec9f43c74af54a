//! An application goes on working beside a backfill.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{project, recorded, table};
use crate::support::SqliteFile;

/// About half a millisecond for a row.
const SLOW: &str = "UPDATE t SET v = (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL \
                    SELECT x + 1 FROM c WHERE x < 1500) SELECT max(x) FROM c WHERE c.x > t.n * 0) \
                    WHERE v IS NULL";

/// Writes now and then, as an application with a busy timeout does; returns how long each write took.
fn application(file: &SqliteFile, done: &AtomicBool) -> Vec<Duration> {
    let connection = file.connection();
    connection.busy_timeout(Duration::from_secs(20)).expect("it is a small number");
    let mut took = Vec::new();
    while !done.load(Ordering::Relaxed) {
        let began = Instant::now();
        connection.execute("UPDATE app SET n = n + 1", []).expect("its turn comes");
        connection.query_row("SELECT n FROM app", [], |_| Ok(())).expect("its turn comes");
        took.push(began.elapsed());
        thread::sleep(Duration::from_millis(15));
    }
    took
}

#[track_caller]
fn beside_an_application(journal: &str) {
    // A batch takes 75 ms; the machine may be busy with other things.
    let is_served = |most: Duration, longest: Duration| {
        most < Duration::from_millis(400) && longest < Duration::from_secs(3)
    };
    let mut times = (0..3).map(|_| writes_meanwhile(journal));
    let served = times.find(|(most, longest)| {
        println!("most take up to {most:?}, the longest {longest:?}");
        is_served(*most, *longest)
    });
    assert!(served.is_some(), "the application waits for too long each time");
}

/// How long most writes of an application take meanwhile, and the longest.
fn writes_meanwhile(journal: &str) -> (Duration, Duration) {
    let made = table("(id integer PRIMARY KEY, n, v)", "i, i, NULL", 6_000)
        + "CREATE TABLE app (n); INSERT INTO app VALUES (0);";
    let (file, project) = project(&made, SLOW);
    file.rows(&format!("PRAGMA journal_mode = {journal}"));
    let done = AtomicBool::new(false);
    let mut took = thread::scope(|scope| {
        let application = scope.spawn(|| application(&file, &done));
        let run = project.run(&["migrate"]);
        done.store(true, Ordering::Relaxed);
        let took = application.join().expect("its writes succeed");
        run.expect_code(0);
        took
    });
    assert_eq!(recorded(&file), ["done|0|6000"]);
    assert_eq!(file.rows("SELECT n FROM app"), [took.len().to_string()]);
    took.sort();
    assert!(took.len() > 20, "{} writes", took.len());
    (took[took.len() * 95 / 100], took[took.len() - 1])
}

#[test]
fn an_application_writes_meanwhile_in_wal_mode() {
    beside_an_application("wal");
}

#[test]
fn an_application_writes_meanwhile_in_rollback_journal_mode() {
    beside_an_application("delete");
}

#[test]
fn a_writer_and_a_reader_that_take_their_time_are_waited_for() {
    let made = table("(id integer PRIMARY KEY, n, v)", "i, i, NULL", 3_000);
    let (file, project) = project(&made, SLOW);
    let run = project.command(&["migrate"]).spawn();
    let begun = || {
        file.connection().query_row(
            "SELECT coalesce(sum(row_count), 0) > 0 FROM turnback_backfill_unit",
            [],
            |row| row.get(0),
        )
    };
    crate::support::poll(crate::support::PATIENCE, || begun().unwrap_or(false).then_some(()))
        .expect("it begins");
    for begin in ["BEGIN IMMEDIATE", "BEGIN"] {
        let connection = file.connection();
        connection.busy_timeout(Duration::from_secs(20)).expect("it is a small number");
        connection.execute_batch(begin).expect("its turn comes");
        connection.query_row("SELECT count(*) FROM t", [], |_| Ok(())).expect("it reads");
        thread::sleep(Duration::from_millis(2_500));
        connection.execute_batch("COMMIT").expect("it is open");
    }
    run.wait().expect_code(0);
    assert_eq!(recorded(&file), ["done|0|3000"]);
}
