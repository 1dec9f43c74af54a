//! The replica follows, falls behind and catches up.

use std::path::Path;

use crate::support::{Cluster, Database, Replica, psql_at};

#[test]
fn a_replica_follows_as_far_as_it_may() {
    let primary = Cluster::private(Replica::PRIMARY);
    let database = primary.database();
    database.psql("CREATE TABLE t (a int)");
    let replica = Replica::of(&primary);
    let count = || replica.psql(&database, "SELECT count(*) FROM t");

    database.psql("INSERT INTO t VALUES (1)");
    replica.catch_up();
    assert_eq!(count(), "1");
    // The server itself may have written a little since.
    assert!(replica.lag_bytes() < 10_000, "{}", replica.lag_bytes());
    let there = psql_at(&replica.url(&database), "SELECT a, pg_is_in_recovery() FROM t", &[]);
    assert_eq!(there.as_deref(), Ok("1|t"));

    behind(&replica, &database, Replica::pause_replay, Replica::resume_replay);
    behind(&replica, &database, Replica::stop_receiving, Replica::receive_again);

    // Dropped while it is stopped, which must not take long.
    replica.stop_receiving();
    let data = replica.psql(&database, "SHOW data_directory");
    drop(replica);
    assert!(!Path::new(&data).exists(), "{data} is still there");
}

/// Holds it back while rows are written, and lets it go on.
fn behind(replica: &Replica, database: &Database, hold: fn(&Replica), release: fn(&Replica)) {
    let count = || replica.psql(database, "SELECT count(*) FROM t");
    let before = count();
    hold(replica);
    database.psql("INSERT INTO t SELECT generate_series(1, 10000)");
    assert_eq!(count(), before);
    assert!(replica.lag_bytes() > 10_000, "{}", replica.lag_bytes());
    release(replica);
    replica.catch_up();
    assert_eq!(count(), database.psql("SELECT count(*) FROM t"));
}
