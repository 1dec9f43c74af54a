//! Stopped anywhere, the same command goes on, and the end is what one statement makes.

use std::thread;
use std::time::Duration;

use super::{in_one_piece, project, recorded, table};
use crate::support::{PATIENCE, Project, Signal, SqliteFile, poll};
use crate::undo_sqlite::content;

/// Takes a second or two.
const SLOW: &str = "UPDATE t SET v = (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL \
                    SELECT x + 1 FROM c WHERE x < 600) SELECT max(x) || v FROM c WHERE c.x > t.n * 0) \
                    WHERE v IN ('a', 'b')";

fn long(columns: &str, key: &str) -> (SqliteFile, Project) {
    let value = "CASE i % 3 WHEN 0 THEN 'a' WHEN 1 THEN 'b' ELSE 'c' END";
    project(&table(columns, &format!("{key}, i, {value}"), 5_000), SLOW)
}

#[track_caller]
fn stops_and_goes_on(file: &SqliteFile, project: &Project, signal: Signal) {
    let (before, expected) = (content(file, "t"), in_one_piece(file, SLOW));
    let mut stops = 0;
    for attempt in 0..30 {
        let mut running = project.command(&["migrate"]).spawn();
        thread::sleep(Duration::from_millis(120 + fastrand::u64(0..250)));
        if !running.is_running() {
            running.wait().expect_code(0);
            break;
        }
        running.signal(signal);
        let code = if signal == Signal::KILL { 128 + 9 } else { 1 };
        let ended = poll(PATIENCE, || (!running.is_running()).then_some(()));
        ended.expect("it ends");
        let run = running.wait();
        assert!(run.code == code || run.code == 0, "{run}");
        if run.code == 0 {
            break;
        }
        stops += 1;
        assert!(attempt < 29, "it never comes to an end");
    }
    project.run(&["migrate"]).expect_code(0);
    assert!(stops > 1, "it was stopped {stops} times");
    assert_eq!(recorded(file), ["done|0|3333"]);
    assert_eq!(content(file, "t"), expected);
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(content(file, "t"), before);
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(content(file, "t"), expected);
}

#[test]
fn killed_at_any_moment() {
    let (file, project) = long("(id integer PRIMARY KEY, n, v)", "i");
    stops_and_goes_on(&file, &project, Signal::KILL);
}

#[test]
fn killed_at_any_moment_in_wal_mode_with_another_key() {
    let (file, project) = long("(k text PRIMARY KEY, n, v) WITHOUT ROWID", "'k' || char(0) || i");
    file.rows("PRAGMA journal_mode = wal");
    stops_and_goes_on(&file, &project, Signal::KILL);
}

#[test]
fn interrupted_it_ends_soon_and_goes_on() {
    let (file, project) = long("(id integer PRIMARY KEY, n, v)", "i");
    stops_and_goes_on(&file, &project, Signal::INT);
}

#[test]
fn what_was_done_until_it_stopped_can_be_undone() {
    let (file, project) = long("(id integer PRIMARY KEY, n, v)", "i");
    let before = content(&file, "t");
    let running = project.command(&["migrate"]).spawn();
    let done = || file.rows("SELECT count(*) FROM t WHERE v LIKE '600%'")[0] != "0";
    poll(PATIENCE, || done().then_some(())).expect("it does something");
    running.signal(Signal::KILL);
    running.wait().expect_code(128 + 9);
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(content(&file, "t"), before);
    let expected = in_one_piece(&file, SLOW);
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(content(&file, "t"), expected);
}
