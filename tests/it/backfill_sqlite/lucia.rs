//! The backfills of the bundled set `lucia-sessions`: a millisecond for a row.

use super::recorded;
use crate::support::{PATIENCE, Signal, SqliteFile, Turnback, poll};
use crate::undo_sqlite::content;

const FINGERPRINTS: &str =
    include_str!("../../../migrations/lucia-sessions/V19__sessions_fingerprint_backfill.sql");

const ROWS: &str = "
    INSERT INTO users (email) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)
    SELECT 'user ' || i FROM n;
    INSERT INTO sessions (id, user_id, expires_at, ip_address, user_agent)
    SELECT 's' || rowid, email, 1, '10.0.0.' || rowid % 256, CASE WHEN rowid % 3 THEN 'agent ' || rowid END
    FROM users;";

#[test]
fn fingerprints_come_in_batches_whatever_happens() {
    let file = SqliteFile::new();
    let lucia = |args: &[&str]| file.run("lucia-sessions", args).expect_code(0);
    lucia(&["migrate", "--to", "18"]);
    file.execute(ROWS);
    let other = SqliteFile::new();
    std::fs::copy(file.path(), other.path()).expect("the directory is ours");
    other.execute(FINGERPRINTS);
    let (before, expected) = (content(&file, "sessions"), content(&other, "sessions"));

    let url = file.url();
    let running = Turnback::new(&["-D", &url, "--set", "lucia-sessions", "migrate"]).spawn();
    let done = || file.rows("SELECT count(fingerprint) FROM sessions")[0] != "0";
    poll(PATIENCE, || done().then_some(())).expect("it begins");
    running.signal(Signal::KILL);
    running.wait().expect_code(128 + 9);
    let run = lucia(&["migrate"]);
    assert!(run.stderr.contains("goes on"), "{run}");
    assert_eq!(content(&file, "sessions"), expected);
    assert_eq!(recorded(&file).last(), Some(&"done|0|900".to_owned()));

    lucia(&["rollback", "--force", "--to", "18"]);
    assert_eq!(content(&file, "sessions"), before);
    lucia(&["migrate"]);
    assert_eq!(content(&file, "sessions"), expected);
}

#[test]
fn a_database_in_memory_has_one_connection() {
    let args = ["-D", "sqlite::memory:", "--set", "lucia-sessions", "migrate"];
    Turnback::new(&args).run().expect_code(0);
}
