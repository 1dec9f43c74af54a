//! A server that ends what takes long, loses its connections, stops, or has no room.

use std::time::{Duration, Instant};

use rustix::process::{Pid, kill_process};

use super::{ALL, ALL_DONE, SLOW, SLOWLY, Stand, pause};
use crate::support::{Client, Cluster, Moment, PATIENCE, Proxy, Running, Signal, SmallDisk, poll};

const GOES_ON: &str = "the same command goes on where it stopped";

fn started() -> (Stand, Running) {
    let stand = Stand::new(SLOW, SLOWLY);
    let running = stand.project.command(&["migrate"]).spawn();
    stand.wait_until_under_way();
    (stand, running)
}

fn with_limit(setting: &str) {
    let stand = Stand::new(SLOW, SLOWLY);
    let database = stand.database.name();
    stand.database.psql(&format!("ALTER DATABASE {database} SET {setting}"));
    stand.migrate().expect_code(0);
    stand.expect(ALL, ALL_DONE);
}

#[test]
fn a_statement_timeout_of_the_application_is_not_the_backfills() {
    with_limit("statement_timeout = '20ms'");
}

#[test]
fn a_transaction_may_be_idle_between_two_statements() {
    with_limit("idle_in_transaction_session_timeout = '60ms'");
}

#[test]
fn a_lock_timeout_of_the_application_is_not_the_backfills() {
    with_limit("lock_timeout = '1ms'");
}

#[test]
fn a_session_may_be_idle() {
    with_limit("idle_session_timeout = '900ms'");
}

#[test]
fn another_isolation_by_default_changes_nothing() {
    with_limit("default_transaction_isolation = 'serializable'");
}

#[test]
fn connections_that_are_ended_are_replaced() {
    let (stand, mut running) = started();
    let client = Client::connect(&stand.database);
    let end = "SELECT count(pg_terminate_backend(worker_pid)) FROM turnback.backfill_unit \
               WHERE NOT done AND worker_pid IS NOT NULL";
    let mut ended = 0;
    for _ in 0..12 {
        if running.is_running() {
            ended += client.tell(end).parse::<u32>().expect("it is a count");
            pause(120);
        }
    }
    running.wait().expect_code(0);
    stand.expect(ALL, ALL_DONE);
    assert!(ended >= 5, "only {ended} connections were ended");
}

#[test]
fn a_runner_whose_own_connection_is_ended_says_how_to_go_on() {
    let (stand, running) = started();
    stand.database.psql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND application_name = 'turnback'",
    );
    let run = running.wait().expect_code(1);
    assert!(run.stderr.contains(GOES_ON), "{run}");
    stand.migrate().expect_code(0);
    stand.expect(ALL, ALL_DONE);
}

fn restarted(stop: impl Fn(&mut Cluster)) {
    let mut cluster = Cluster::private(&[]);
    let stand = Stand::on(&cluster, SLOW, SLOWLY);
    let running = stand.project.command(&["migrate"]).spawn();
    stand.wait_until_under_way();
    stop(&mut cluster);
    cluster.start();
    let run = running.wait().expect_code(1);
    assert!(run.stderr.contains(GOES_ON), "{run}");
    let done = stand.database.psql("SELECT count(value) FROM item").parse::<u32>();
    assert!(done.is_ok_and(|it| it > 0), "what was committed stands");
    stand.migrate().expect_code(0);
    stand.expect(ALL, ALL_DONE);
}

#[test]
fn a_crash_of_the_server_loses_nothing() {
    restarted(Cluster::crash);
}

#[test]
fn a_restart_of_the_server_loses_nothing() {
    restarted(|cluster| {
        let file = cluster.psql("SELECT pg_read_file('postmaster.pid')");
        let pid = file.lines().next().and_then(|line| line.parse().ok()).and_then(Pid::from_raw);
        let pid = pid.expect("the file begins with the server's number");
        kill_process(pid, Signal::INT).expect("the process is ours");
        let port = cluster.port();
        let gone = || std::net::TcpStream::connect(("127.0.0.1", port)).is_err().then_some(());
        poll(PATIENCE, gone).expect("a server that is told to stop does");
        cluster.crash();
    });
}

#[test]
fn a_network_that_breaks_loses_nothing() {
    let stand = Stand::new(SLOW, SLOWLY);
    let proxy = Proxy::for_database(&stand.database);
    let migrate =
        || stand.project.command(&["migrate"]).env("DATABASE_URL", proxy.url_for(&stand.database));
    for after in [0, 300] {
        let running = migrate().spawn();
        stand.wait_until_under_way();
        pause(after);
        proxy.cut();
        let run = running.wait().expect_code(1);
        assert!(run.stderr.contains(GOES_ON), "{run}");
    }
    migrate().run().expect_code(0);
    stand.expect(ALL, ALL_DONE);
}

/// Between its last row and the statement behind it: the record of it is one, and closed.
#[test]
fn a_cut_at_its_end_leaves_one_record() {
    let ground = "CREATE TABLE item (id int PRIMARY KEY, value int);
                  INSERT INTO item SELECT i, NULL FROM generate_series(1, 200) AS i;";
    let up =
        "-- turnback:backfill item\nUPDATE item SET value = id WHERE value IS NULL;\nSELECT 1;";
    let record = "SELECT count(*), count(*) FILTER (WHERE open) FROM turnback.backfill";
    for bytes in [&b"SET state = 'done'"[..], b"SET open = false"] {
        for moment in [Moment::BeforeForwarding, Moment::AfterReply] {
            let stand = Stand::new(ground, up);
            let proxy = Proxy::for_database(&stand.database);
            proxy.cut_when(bytes, moment);
            let url = format!("{}?sslmode=disable", proxy.url_for(&stand.database));
            let run = stand.project.command(&["migrate"]).env("DATABASE_URL", url).run();
            assert_eq!((run.code, proxy.fired()), (1, 1), "{run}");
            stand.migrate().expect_code(0);
            stand.expect(record, "1|0").expect("SELECT count(value) FROM item", "200");
            stand.project.run(&["rollback", "--force"]).expect_code(0);
            stand.expect("SELECT count(value) FROM item", "0");
        }
    }
}

#[test]
fn an_operator_who_interrupts_it_does_not_wait_long() {
    let (stand, running) = started();
    let began = Instant::now();
    running.signal(Signal::INT);
    let run = running.wait().expect_code(1);
    assert!(run.stderr.contains("interrupted"), "{run}");
    let took = began.elapsed();
    assert!(took < Duration::from_secs(2), "it took {took:?}: {run}");
    stand.migrate().expect_code(0);
    stand.expect(ALL, ALL_DONE);
}

#[test]
fn a_disk_that_is_full_for_a_while_is_waited_for() {
    let disk = SmallDisk::new();
    for for_a_while in [true, false] {
        let ground = SLOW.replace("note text);", "note text) TABLESPACE small;");
        let stand = Stand::on(&disk, &ground, SLOWLY);
        let running = stand.project.command(&["migrate"]).spawn();
        stand.wait_until_under_way();
        SmallDisk::fill(&stand.database);
        if for_a_while {
            pause(2_000);
            SmallDisk::clear(&stand.database);
            running.wait().expect_code(0);
            assert!(disk.log().contains("No space left on device"), "it was not full");
        } else {
            let run = running.wait().expect_code(1);
            assert!(run.stderr.contains("No space left on device"), "{run}");
            assert!(run.stderr.contains(GOES_ON), "{run}");
            let left = stand.database.psql("SELECT count(*) FROM item WHERE value IS NULL");
            assert_ne!(left, "0", "the disk was not full");
            SmallDisk::clear(&stand.database);
            stand.migrate().expect_code(0);
        }
        stand.expect(ALL, ALL_DONE);
    }
}
