//! The connection breaks at every round trip of a whole run, one after the other.

use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Cluster, Fault, Moment, Project, Proxy, Stage, Trigger, cut_everywhere};

fn no_cut_does_harm(moment: Moment) {
    let database = Cluster::shared().database();
    database.psql("CREATE TABLE log (what text)");
    let project = Project::new();
    for version in 1..=2 {
        let up =
            format!("CREATE TABLE t{version} (a int); INSERT INTO log VALUES ('up {version}');");
        let down = format!("DROP TABLE t{version}; INSERT INTO log VALUES ('down {version}');");
        project.migration(version, "step", &up, &down);
    }
    let log = "SELECT string_agg(what, ', ' ORDER BY what) FROM log; \
               SELECT string_agg(version || kind, ', ' ORDER BY id) FROM turnback.event \
               WHERE kind <> 'failed'; ";
    let history = "SELECT string_agg(version::text, ', ') FROM refinery_schema_history";
    let trips = cut_everywhere(&database, &project, moment, |stage, place| match stage {
        Stage::Migrated => {
            let now = database.psql(&format!("{log}{history}"));
            assert_eq!(now, "up 1, up 2\n1applied, 2applied\n1, 2", "{place}");
        }
        Stage::RolledBack => {
            let events = "1applied, 2applied, 2rolled_back, 1rolled_back";
            let now = database.psql(log);
            assert_eq!(now, format!("down 1, down 2, up 1, up 2\n{events}"), "{place}");
            assert!(database.try_psql(history).is_err(), "{place}");
            // The next round begins where turnback has never been.
            database.psql(
                "TRUNCATE log; SET client_min_messages = error; DROP SCHEMA turnback CASCADE",
            );
        }
    });
    assert!(trips > 20, "{trips} round trips are too few to be a whole run");
}

#[test]
fn a_cut_before_any_request_does_no_harm() {
    no_cut_does_harm(Moment::BeforeForwarding);
}

#[test]
fn a_cut_behind_any_reply_does_no_harm() {
    no_cut_does_harm(Moment::AfterReply);
}

#[test]
fn a_cut_commit_leaves_its_outcome_to_the_server_and_says_so() {
    let database = Cluster::shared().database();
    let proxy = Proxy::for_database(&database);
    let project = Project::new().url(&proxy.url_for(&database));
    project.migration(1, "one", "CREATE TABLE t (a int);", "DROP TABLE t;");
    // The ledger is there, so that the first commit is the migration's.
    project.run(&["migrate"]).expect_code(0);
    project.migration(2, "two", "CREATE TABLE t2 (a int);", "DROP TABLE t2;");
    proxy.cut_when(b"COMMIT; SET SESSION", Moment::AfterReply);
    let run = project.run(&["migrate"]).expect_code(1);
    assert_run_snapshot!(run);
    assert_eq!(database.psql("SELECT version FROM refinery_schema_history ORDER BY 1"), "1\n2");
    let rerun = project.run(&["migrate"]).expect_code(0);
    assert!(rerun.stdout.contains("nothing left to apply"), "{rerun}");
}

#[test]
fn a_script_whose_begin_failed_changes_nothing() {
    // With a backfill each statement has a transaction of its own.
    let backfill = "\n-- turnback:backfill base\nUPDATE base SET a = 1 WHERE a IS NULL;";
    for behind in [backfill, ""] {
        let database = Cluster::shared().database();
        database.psql("CREATE TABLE base (id int PRIMARY KEY, a int)");
        let proxy = Proxy::for_database(&database);
        let project = Project::new().url(&proxy.url_for(&database));
        project.migration(1, "one", "CREATE TABLE t (a int);", "DROP TABLE t;");
        project.run(&["migrate"]).expect_code(0);
        let script = format!("CREATE TABLE t2 (a int);{behind}");
        project.migration(2, "two", &script, "DROP TABLE t2;");
        // What a cancel does that strikes it before it has begun anything.
        let begin = Trigger::Sent(b"SET LOCAL turnback.opened".to_vec());
        proxy.when(begin, Moment::BeforeForwarding, Fault::Garble);
        let run = project.run(&["migrate"]).expect_code(1);
        assert_eq!(proxy.fired(), 1, "{run}");
        assert!(run.stderr.contains("syntax error at or near \"?\""), "{run}");
        assert_eq!(database.psql("SELECT to_regclass('t2') IS NULL"), "t", "{run}");
        assert_eq!(database.psql("SELECT version FROM refinery_schema_history"), "1");
        project.run(&["migrate"]).expect_code(0);
        assert_eq!(database.psql("SELECT version FROM refinery_schema_history"), "1\n2");
    }
}
