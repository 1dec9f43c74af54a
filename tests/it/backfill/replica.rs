//! A replica that falls behind is waited for.

use std::time::Duration;

use super::{ALL, SLOW, SLOWLY, Stand, pause};
use crate::support::{Client, Cluster, PATIENCE, Replica, Running, poll};

/// What the replica may be behind, in milliseconds.
const LIMIT: u64 = 1_000;
const ROWS: &str = "SELECT coalesce(sum(row_count), 0) FROM turnback.backfill_unit";

/// A backfill of some seconds under way, which is to keep to the limit.
fn started(cluster: &Cluster) -> (Stand, Client, Running) {
    let stand = Stand::on(cluster, &SLOW.replace("8000", "40000"), SLOWLY);
    let running = stand.project.command(&["migrate"]).spawn();
    stand.wait_until_under_way();
    let client = Client::connect(&stand.database);
    client.tell(&format!(
        "UPDATE turnback.backfill SET tuning = (tuning::jsonb || '{{\"max_lag_ms\": {LIMIT}}}')::text"
    ));
    (stand, client, running)
}

/// How many rows are done once nothing is done any more.
fn comes_to_rest(client: &Client, running: &mut Running) -> String {
    let rest = || {
        assert!(running.is_running(), "{}", running.stderr_so_far());
        let rows = client.tell(ROWS);
        pause(800);
        (client.tell(ROWS) == rows).then_some(rows)
    };
    poll(PATIENCE, rest).expect("a replica that is behind is waited for")
}

#[test]
fn a_replica_that_cannot_be_read_is_waited_for() {
    let cluster = Cluster::private(Replica::PRIMARY);
    let replica = Replica::of(&cluster);
    let (stand, client, mut running) = started(&cluster);
    replica.pause_replay();
    let rows = comes_to_rest(&client, &mut running);
    pause(1_000);
    assert_eq!(client.tell(ROWS), rows, "nothing is done as long as it is behind");
    replica.resume_replay();
    running.wait().expect_code(0);
    stand.expect(ALL, "40000|40000|40000");
}

#[test]
fn a_replica_that_receives_nothing_is_waited_for() {
    let cluster = Cluster::private(Replica::PRIMARY);
    let replica = Replica::of(&cluster);
    let (stand, client, mut running) = started(&cluster);
    replica.stop_receiving();
    comes_to_rest(&client, &mut running);
    replica.receive_again();
    running.wait().expect_code(0);
    stand.expect(ALL, "40000|40000|40000");
}

#[test]
fn a_replica_that_is_slow_stays_within_the_limit() {
    let cluster = Cluster::private(Replica::PRIMARY);
    let ground = "CREATE TABLE item (id int PRIMARY KEY, value int, note text);
        INSERT INTO item SELECT i, NULL, repeat('n', 150) FROM generate_series(1, 120000) AS i;";
    let fill = "-- turnback:backfill item\nUPDATE item SET value = id WHERE value IS NULL;";
    let stand = Stand::on(&cluster, ground, fill);
    stand.database.psql("CREATE TABLE over (at timestamptz)");
    let replica = Replica::of(&cluster);
    let limit = format!("{LIMIT}ms");
    let command =
        stand.project.command(&["migrate", "--max-lag", &limit, "--no-backup", "--force"]);
    let (run, longest) = std::thread::scope(|scope| {
        let run = scope.spawn(|| {
            let run = command.run();
            stand.database.psql("INSERT INTO over VALUES (now())");
            run
        });
        let longest = replica.be_slow(&stand.database, "SELECT 1 FROM over");
        (run.join().expect("it does not panic"), longest)
    });
    // Half as much again, for what other tests take from this machine.
    assert!(longest <= Duration::from_millis(LIMIT * 3 / 2), "{longest:?} behind: {run}");
    assert!(run.stderr.contains("waits for a replica"), "{run}");
    run.expect_code(0);
    stand.expect(ALL, "120000|120000|120000");
}
