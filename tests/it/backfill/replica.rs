//! A replica that falls behind is waited for.

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
