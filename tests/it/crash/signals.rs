//! Signals and kills.

use std::time::{Duration, Instant};

use crate::support::snapshot::assert_run_snapshot;
use crate::support::{
    Cluster, Fault, Moment, PATIENCE, Project, Proxy, Run, Signal, Trigger, poll, sessions,
    wait_for_statement,
};

use super::{assert_goes_on, paced};

/// What a frozen network may cost at most: the wait for the server, and some air.
const FROZEN: Duration = Duration::from_secs(16);

#[test]
fn a_signal_cancels_the_statement_and_rolls_back() {
    for signal in [Signal::INT, Signal::TERM] {
        let (database, project) = paced();
        let running = project.command(&["migrate"]).spawn();
        wait_for_statement(&database, "LATERAL pg_sleep");
        running.signal(signal);
        let run = running.wait().expect_code(1);
        assert_eq!(sessions(&database), "0");
        if signal == Signal::INT {
            assert_run_snapshot!(run);
        }
        let status = project.run(&["status", "--format", "json"]).json();
        assert_eq!(status["migrations"][1]["state"], "failed");
        assert_goes_on(&database, &project);
    }
}

#[test]
fn ctrl_c_at_a_terminal_leaves_it_as_it_was() {
    let (database, project) = paced();
    let mut terminal = project.command(&["migrate"]).in_terminal();
    wait_for_statement(&database, "LATERAL pg_sleep");
    terminal.send_ctrl_c();
    terminal.expect("nothing of V2__paced stands", PATIENCE);
    assert_eq!(terminal.wait(), 1);
    terminal.assert_restored();
    assert_goes_on(&database, &project);
}

#[test]
fn an_interrupted_run_says_so_in_json() {
    let (database, project) = paced();
    let running = project.command(&["migrate", "--format", "json"]).spawn();
    wait_for_statement(&database, "LATERAL pg_sleep");
    running.signal(Signal::INT);
    let document = running.wait().expect_code(1).json();
    assert_eq!((&document["ok"], &document["exit_code"]), (&false.into(), &1.into()));
    let error = &document["error"];
    assert_eq!(error["kind"], "interrupted");
    assert!(error["notes"].to_string().contains("nothing of V2__paced stands"), "{error}");
}

#[test]
fn a_statement_cannot_swallow_the_signal() {
    let (database, project) = paced();
    // It catches the cancellation and goes on to its end.
    let stubborn = "DO $$ BEGIN PERFORM pg_sleep(seconds) FROM pace; \
        EXCEPTION WHEN query_canceled THEN INSERT INTO log VALUES ('swallowed'); END $$;";
    project.migration(2, "paced", stubborn, "SELECT 1;");
    let running = project.command(&["migrate"]).spawn();
    wait_for_statement(&database, "EXCEPTION WHEN query_canceled");
    let sleeps = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event = 'PgSleep'";
    poll(PATIENCE, || (database.psql(sleeps) == "1").then_some(())).expect("the block is begun");
    running.signal(Signal::INT);
    running.wait().expect_code(1);
    assert_eq!(database.psql("SELECT what FROM log"), "quick");
}

#[test]
fn a_killed_run_is_taken_up_again() {
    let (database, project) = paced();
    let running = project.command(&["migrate"]).spawn();
    wait_for_statement(&database, "LATERAL pg_sleep");
    running.signal(Signal::KILL);
    running.wait().expect_code(128 + 9);
    assert_goes_on(&database, &project);
}

#[test]
fn an_interrupted_rollback_goes_on_too() {
    let (database, project) = paced();
    database.psql("UPDATE pace SET seconds = 0");
    let down = "DELETE FROM log USING pace, LATERAL pg_sleep(seconds) WHERE what <> 'quick';";
    project.write("rollbacks/V2__paced.sql", down);
    project.run(&["migrate"]).expect_code(0);
    database.psql("UPDATE pace SET seconds = 600");
    for signal in [Signal::INT, Signal::KILL] {
        let running = project.command(&["rollback", "--all", "--force"]).spawn();
        wait_for_statement(&database, "LATERAL pg_sleep");
        running.signal(signal);
        running.wait();
        assert_eq!(database.psql("SELECT count(*) FROM log"), "3");
    }
    database.psql("UPDATE pace SET seconds = 0");
    project.run(&["rollback", "--all", "--force"]).expect_code(0);
    assert_eq!(database.psql("SELECT count(*) FROM log"), "0");
}

/// Interrupts a run whose network froze when `sent` was on its way.
fn interrupt_frozen(sent: &[u8], moment: Moment) -> Run {
    let database = Cluster::shared().database();
    let proxy = Proxy::for_database(&database);
    let project = Project::new().url(&format!("{}?sslmode=disable", proxy.url_for(&database)));
    project.migration(1, "one", "CREATE TABLE one (a int);", "DROP TABLE one;");
    proxy.when(Trigger::Sent(sent.to_owned()), moment, Fault::Freeze);
    let running = project.command(&["migrate", "--format", "json"]).spawn();
    poll(PATIENCE, || (proxy.fired() == 1).then_some(())).expect("it sends that");
    running.signal(Signal::INT);
    let began = Instant::now();
    let run = running.wait().expect_code(1);
    assert!(began.elapsed() < FROZEN, "it took {:?}:\n{run}", began.elapsed());
    proxy.cut();
    proxy.thaw();
    run
}

#[test]
fn a_frozen_network_does_not_hold_an_interrupted_run() {
    let run = interrupt_frozen(b"CREATE TABLE one", Moment::BeforeForwarding);
    assert_eq!(run.json()["error"]["kind"], "interrupted", "{run}");
}

#[test]
fn a_network_frozen_at_the_commit_leaves_the_outcome_open() {
    let run = interrupt_frozen(b"COMMIT; SET SESSION", Moment::BeforeForwarding);
    let error = &run.json()["error"];
    assert_eq!(error["kind"], "connection", "{run}");
    assert!(error["notes"].to_string().contains("is not known"), "{run}");
}

#[test]
fn a_network_frozen_while_the_record_is_read_does_not_hold_an_interrupted_run() {
    let run = interrupt_frozen(b"pg_namespace", Moment::BeforeForwarding);
    assert_eq!(run.json()["error"]["kind"], "interrupted", "{run}");
}

#[test]
fn a_second_signal_ends_the_program_at_once() {
    let database = Cluster::shared().database();
    let proxy = Proxy::for_database(&database);
    let project = Project::new().url(&format!("{}?sslmode=disable", proxy.url_for(&database)));
    project.migration(1, "one", "SELECT pg_sleep(600);", "SELECT 1;");
    let mut running = project.command(&["migrate"]).spawn();
    wait_for_statement(&database, "pg_sleep");
    proxy.freeze();
    running.signal(Signal::INT);
    // It has one thing to do: to wait for the server. Two signals may arrive as one.
    while running.is_running() {
        running.signal(Signal::INT);
        std::thread::sleep(Duration::from_millis(20));
    }
    running.wait().expect_code(130);
    proxy.cut();
    proxy.thaw();
}
