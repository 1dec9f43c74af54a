//! What operators do from another terminal.

use std::time::Duration;

use serde_json::json;

use super::{ROWS, filled, given, go, listed, paused, told, under_way, works};
use crate::support::{PATIENCE, poll};

#[test]
fn a_pause_ends_the_run_and_anybody_goes_on() {
    let (database, project) = given();
    let running = under_way(&database, &project);
    let run = project.run(&["backfill", "pause"]).expect_code(0);
    assert!(run.stdout.contains("V2__fill: t: pauses behind the batch at hand"), "{run}");
    let run = running.wait().expect_code(1);
    assert!(run.stderr.contains("V2__fill failed: the backfill of t was paused"), "{run}");
    assert!(run.stderr.contains("`turnback backfill run`"), "{run}");
    let stands = filled(&database);
    assert!((1..ROWS).contains(&stands), "{stands}");
    assert_eq!(listed(&project)[0]["state"], "paused");
    go(&database);
    let run = project.run(&["backfill", "run"]).expect_code(0);
    assert!(run.stdout.contains("V2__fill: backfill of t, 6,000 rows in "), "{run}");
    assert!(run.stdout.contains("`turnback migrate` goes on with the rest"), "{run}");
    assert_eq!(filled(&database), ROWS);
    let again = project.run(&["backfill", "run"]).expect_code(0);
    assert!(again.stdout.contains("V2__fill: t: nothing is left to fill"), "{again}");
    let run = project.run(&["migrate"]).expect_code(0);
    assert!(run.stdout.contains("1 migration applied"), "{run}");
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(filled(&database), 0);
}

#[test]
fn others_work_beside_the_one_who_began() {
    let (database, project) = given();
    let running = under_way(&database, &project);
    let helper = project.command(&["backfill", "run", "--workers", "1"]).spawn();
    let both = poll(PATIENCE, || {
        let it = &told(&project, &["backfill", "status"])["backfills"][0];
        (it["settings"]["workers"] == 1 && it["workers"].as_u64() > Some(1)).then_some(())
    });
    both.expect("two runners work");
    go(&database);
    let (first, second) = (running.wait(), helper.wait());
    first.expect_code(0);
    second.expect_code(0);
    assert_eq!(filled(&database), ROWS);
}

#[test]
fn settings_take_effect_while_it_runs() {
    let (database, project) = given();
    let running = under_way(&database, &project);
    let settings = ["--workers", "1", "--batch-ms", "5", "--max-lag", "2s", "--max-archive", "8"];
    let run = project.run(&[&["backfill", "set"][..], &settings].concat()).expect_code(0);
    assert!(run.stdout.contains("at most 1 worker, 5 ms a batch, 2.0 s behind"), "{run}");
    std::thread::sleep(Duration::from_secs(2));
    // A batch takes no longer than it is asked to, or a block where that is the least.
    let longest = || {
        let asked = "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) \
                     FROM pg_stat_activity WHERE datname = current_database() \
                     AND pid <> pg_backend_pid() AND xact_start IS NOT NULL";
        database.psql(asked).parse::<f64>().expect("it is a number")
    };
    let most = (0..20).map(|_| longest()).fold(0.0, f64::max);
    assert!(most < 0.3, "{most}");
    let it = &listed(&project)[0];
    assert_eq!(
        it["settings"],
        json!({
            "workers": 1, "batch_ms": 5, "max_lag_ms": 2000, "max_archive": 8,
            "latency_query": null, "max_latency_ms": 50,
        })
    );
    go(&database);
    running.wait().expect_code(0);
    project.run(&["backfill", "set"]).expect_code(2);
}

#[test]
fn the_first_run_takes_its_settings_from_the_file_and_flags() {
    let (_database, project) = given();
    project.write("turnback.toml", "[backfill]\nworkers = 3\nbatch_ms = 40\nmax_lag = \"3s\"\n");
    project.run(&["migrate", "--batch-ms", "30"]).expect_code(0);
    let settings = &listed(&project)[0]["settings"];
    assert_eq!((&settings["workers"], &settings["batch_ms"]), (&json!(3), &json!(30)));
    assert_eq!(settings["max_lag_ms"], 3_000);
    project.write("turnback.toml", "[backfill]\nmax_lag = \"soon\"\n");
    let run = project.run(&["migrate"]).expect_code(2);
    assert!(run.stderr.contains("backfill.max_lag: `soon` is not a duration"), "{run}");
    project.write("turnback.toml", "[backfill]\nworker = 3\n");
    let run = project.run(&["migrate"]).expect_code(2);
    assert!(run.stderr.contains("unknown key `worker`"), "{run}");
}

#[test]
fn giving_up_needs_a_word() {
    let (database, project) = given();
    paused(&database, &project);
    let run = project.run(&["backfill", "cancel"]).expect_code(6);
    assert!(run.stderr.contains("--force or --yes goes ahead"), "{run}");
    let mut terminal = project.command(&["backfill", "cancel"]).in_terminal();
    terminal.expect("Give it up? [y/N]", PATIENCE);
    terminal.send("\r");
    assert_eq!(terminal.wait(), 6);
    assert!(terminal.output_so_far().contains("What is done stands."));
    project.write("turnback.toml", "protected = true\n");
    project.run(&["backfill", "cancel", "--yes"]).expect_code(6);
    assert_eq!(listed(&project)[0]["state"], "paused");
    project.run(&["backfill", "cancel", "--force"]).expect_code(0);
    assert_eq!(listed(&project)[0]["state"], "cancelled");
}

#[test]
fn one_that_is_given_up_stops_and_begins_anew() {
    let (database, project) = given();
    let running = under_way(&database, &project);
    let run = project.run(&["backfill", "cancel", "--yes"]).expect_code(0);
    assert!(run.stdout.contains("V2__fill: t: given up; "), "{run}");
    let run = running.wait().expect_code(1);
    assert!(run.stderr.contains("the backfill of t was cancelled"), "{run}");
    let stands = filled(&database);
    assert!((1..ROWS).contains(&stands), "{stands}");
    let run = project.run(&["backfill", "run"]).expect_code(0);
    assert!(run.stdout.contains("no backfill is open"), "{run}");
    go(&database);
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(filled(&database), ROWS);
    let rows: Vec<u64> = listed(&project)
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["rows"].as_u64().unwrap())
        .collect();
    assert_eq!(rows, [stands, ROWS - stands]);
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(filled(&database), 0);
}

#[test]
fn a_runner_that_is_killed_is_followed_by_another() {
    let (database, project) = given();
    let running = under_way(&database, &project);
    running.signal(crate::support::Signal::KILL);
    running.wait();
    let helper = project.command(&["backfill", "run"]).spawn();
    works(&database);
    go(&database);
    helper.wait().expect_code(0);
    assert_eq!(filled(&database), ROWS);
    project.run(&["migrate"]).expect_code(0);
}
