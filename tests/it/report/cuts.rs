//! With a report a script goes in messages of its own: killed anywhere, the same command goes on
//! nonetheless, and the report is there.

use crate::support::{Cluster, Fault, Moment, Project, Proxy, Trigger};

use super::{read, with_reports};

#[test]
fn cut_at_every_round_trip_it_goes_on_and_is_reported() {
    let ground = Cluster::shared().database();
    ground.psql("CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
    let mut trips = 0;
    while is_cut(&ground.copy(), trips + 1) {
        trips += 1;
    }
    assert!(trips > 10, "{trips} round trips are too few to be a whole run");
}

/// Whether the run was long enough to be cut at this round trip.
fn is_cut(database: &crate::support::Database, trip: usize) -> bool {
    // Each of them would take twice as long, and tell little more.
    let moment = if trip.is_multiple_of(2) { Moment::BeforeForwarding } else { Moment::AfterReply };
    let project = Project::for_database(database);
    let up = "INSERT INTO t VALUES (2);\nALTER TABLE t ADD COLUMN b int;\nUPDATE t SET b = a;\n";
    project.migration(1, "three", up, "ALTER TABLE t DROP COLUMN b; DELETE FROM t WHERE a = 2;");
    let proxy = Proxy::for_database(database);
    proxy.when(Trigger::RoundTrip(trip), moment, Fault::Cut);
    let url = format!("{}?sslmode=disable", proxy.url_for(database));
    let run = project.command(&with_reports(&["migrate"])).env("DATABASE_URL", url).run();
    let reported = read(&project, run);
    if proxy.fired() > 0 && reported.run.code != 0 {
        assert_eq!(reported.json["error"]["kind"], "connection", "{}", reported.run);
    }
    project.run(&["migrate"]).expect_code(0);
    let at = format!("cut {moment:?} at round trip {trip}");
    assert_eq!(database.psql("SELECT a, b FROM t ORDER BY a"), "1|1\n2|2", "{at}");
    assert_eq!(database.psql("SELECT version FROM refinery_schema_history"), "1", "{at}");
    proxy.fired() > 0
}
