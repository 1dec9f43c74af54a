//! The connection breaks at every round trip of a whole run, one after the other.

use crate::support::{Cluster, Moment, Project, Stage, cut_everywhere};

/// Statements that are recorded together with what they do are seen in the log, and must be there
/// once. The others cannot run twice without an error.
const UP: &str = "-- turnback:transaction off\n\
    INSERT INTO log VALUES ('up 1');\n\
    CREATE INDEX CONCURRENTLY items_new ON items (a);\n\
    INSERT INTO log VALUES ('up 3');\n\
    DROP INDEX CONCURRENTLY items_old;\n";
const DOWN: &str = "-- turnback:transaction off\n\
    CREATE INDEX CONCURRENTLY items_old ON items (a);\n\
    INSERT INTO log VALUES ('down 2');\n\
    DROP INDEX CONCURRENTLY items_new;\n";

fn no_cut_does_harm(moment: Moment) {
    let database = Cluster::shared().database();
    database.psql(
        "CREATE TABLE items (a int); CREATE INDEX items_old ON items (a);
         CREATE TABLE log (what text)",
    );
    let project = Project::new();
    project.migration(1, "swap", UP, DOWN);
    let state = "SELECT string_agg(DISTINCT what, ', ' ORDER BY what), count(*) FROM log; \
                 SELECT relname, indisvalid FROM pg_index \
                 JOIN pg_class ON pg_class.oid = indexrelid WHERE relname LIKE 'items_%'; \
                 SELECT count(*) FROM turnback.statement_progress; \
                 SELECT count(*) FROM turnback.event WHERE kind <> 'failed'; ";
    let migrated = "up 1, up 3|2\nitems_new|t\n0\n1";
    let rolled_back = "down 2, up 1, up 3|3\nitems_old|t\n0\n2";
    let trips = cut_everywhere(&database, &project, moment, |stage, place| match stage {
        Stage::Migrated => assert_eq!(database.psql(state), migrated, "{place}"),
        Stage::RolledBack => {
            assert_eq!(database.psql(state), rolled_back, "{place}");
            database.psql("TRUNCATE log, turnback.event");
        }
    });
    assert!(trips > 50, "a run of {trips} round trips records no statement by itself");
}

#[test]
fn a_cut_before_any_request_runs_nothing_twice() {
    no_cut_does_harm(Moment::BeforeForwarding);
}

#[test]
fn a_cut_behind_any_reply_runs_nothing_twice() {
    no_cut_does_harm(Moment::AfterReply);
}
