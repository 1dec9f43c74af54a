//! What `backfill status` says.

use serde_json::json;

use super::{FILL, ROWS, given, go, listed, paused, told, under_way};
use crate::support::{Cluster, Project};

#[test]
fn where_nothing_is_on_record_it_says_so_and_makes_nothing() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    project.migration(1, "table", "CREATE TABLE t (a int);", "DROP TABLE t;");
    for _ in 0..2 {
        let before = database.dump();
        let run = project.run(&["backfill", "status"]).expect_code(0);
        assert!(run.stdout.ends_with(": no backfill is on record\n"), "{run}");
        assert_eq!(told(&project, &["backfill", "status"])["backfills"], json!([]));
        assert_eq!(database.dump(), before);
        project.run(&["migrate"]).expect_code(0);
    }
    for action in ["run", "pause", "cancel"] {
        let run = project.run(&["backfill", action]).expect_code(0);
        assert!(run.stdout.contains(": no backfill is "), "{run}");
    }
}

#[test]
fn one_that_works_tells_how_far_and_how_fast() {
    let (database, project) = given();
    let running = under_way(&database, &project);
    let text = project.run(&["backfill", "status"]).expect_code(0);
    for part in ["V2__fill: t, running", " rows/s", " at work of at most 2 workers, 75 ms a batch"]
    {
        assert!(text.stdout.contains(part), "{part} is not in\n{text}");
    }
    let told = told(&project, &["backfill", "status"]);
    let it = &told["backfills"][0];
    assert_eq!(it["state"], "running");
    assert_eq!((&it["version"], &it["name"]), (&json!(2), &json!("fill")));
    assert_eq!((&it["table"], &it["rolling_back"]), (&json!("t"), &json!(false)));
    assert!(it["workers"].as_u64().unwrap() > 0, "{it}");
    assert!(it["rows_per_second"].as_f64().unwrap() > 0.0, "{it}");
    assert!((0.0..1.0).contains(&it["share"].as_f64().unwrap()), "{it}");
    assert_eq!(it["settings"]["batch_ms"], 75);
    go(&database);
    running.wait().expect_code(0);
}

#[test]
fn what_it_waits_for_is_seen_from_elsewhere() {
    let (database, project) = given();
    let args = ["migrate", "--latency-query", "SELECT 500", "--max-latency-ms", "20"];
    super::brake(&database);
    let running = project.command(&args).spawn();
    super::works(&database);
    let seen = crate::support::poll(crate::support::PATIENCE, || {
        let told = told(&project, &["backfill", "status"]);
        told["backfills"][0]["waits_for"].as_str().map(str::to_owned)
    });
    assert_eq!(seen.as_deref(), Some("slowed: the application takes 500 ms"));
    let text = project.run(&["backfill", "status"]).expect_code(0);
    assert!(text.stdout.contains("\n  slowed: the application takes 500 ms\n"), "{text}");
    go(&database);
    project.run(&["backfill", "set", "--latency-query", ""]).expect_code(0);
    running.wait().expect_code(0);
}

#[test]
fn one_that_is_over_is_listed_only_when_asked_for() {
    let (_database, project) = given();
    project.run(&["migrate"]).expect_code(0);
    let run = project.run(&["backfill", "status"]).expect_code(0);
    assert!(run.stdout.contains("no backfill is open; `--all` lists those that are over"), "{run}");
    let it = &listed(&project)[0];
    assert_eq!((&it["state"], &it["open"]), (&json!("done"), &json!(false)));
    assert_eq!((&it["rows"], &it["refused"]), (&json!(ROWS), &json!(0)));
    assert_eq!(it["units_done"], it["units"]);
    assert!(it["finished_at"].is_string(), "{it}");
    assert!(it["bytes_after"]["table"].as_u64() > it["bytes_before"]["table"].as_u64(), "{it}");
}

#[test]
fn rows_that_could_not_be_changed_are_listed() {
    let (database, project) = given();
    database.psql("ALTER TABLE t ADD CONSTRAINT no_seven CHECK (id <> 7 OR b IS NULL)");
    project.run(&["migrate"]).expect_code(1);
    let it = &listed(&project)[0];
    assert_eq!((&it["state"], &it["refused"]), (&json!("incomplete"), &json!(1)));
    let refused = &it["refused_rows"][0];
    assert_eq!(refused["key"], r#"{"id":7}"#);
    assert!(refused["message"].as_str().unwrap().contains("no_seven"), "{refused}");
    let run = project.run(&["backfill", "status"]).expect_code(0);
    assert!(run.stdout.contains("1 row could not be changed:\n    {\"id\":7}: "), "{run}");
    database.psql("ALTER TABLE t DROP CONSTRAINT no_seven");
    let run = project.run(&["backfill", "run"]).expect_code(0);
    assert!(run.stdout.contains("`turnback migrate` goes on with the rest"), "{run}");
    project.run(&["migrate"]).expect_code(0);
}

#[test]
fn a_version_is_chosen() {
    let (database, project) = given();
    paused(&database, &project);
    let of = |version| {
        told(&project, &["backfill", "status", "--version", version])["backfills"].clone()
    };
    assert_eq!(of("2")[0]["state"], "paused");
    assert_eq!(of("1"), json!([]));
    let run = project.run(&["backfill", "run", "--version", "1"]).expect_code(0);
    assert!(run.stdout.contains("no backfill is open"), "{run}");
    assert_eq!(project.read("migrations/V2__fill.sql"), FILL);
}

#[test]
fn a_row_among_the_first_that_cannot_be_changed_does_not_stop_the_others() {
    let (database, project) = given();
    database.psql("ALTER TABLE t ADD CONSTRAINT no_first CHECK (id > 3 OR b IS NULL)");
    // The first rows that are met.
    database.psql("DELETE FROM t WHERE id > 3");
    database.psql("INSERT INTO t SELECT i, 'row ' || i FROM generate_series(4, 50) AS i");
    project.run(&["migrate"]).expect_code(1);
    assert_eq!(listed(&project)[0]["refused"], 3);
    assert_eq!(super::filled(&database), 47);
}
