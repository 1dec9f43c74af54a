//! What the report tells of waits: for locks, for another runner, of a backfill.

use crate::support::{Client, Cluster, OtherSession, Project};

use super::{assert_within, number, read, reported, with_reports};

#[test]
fn tries_for_a_lock_are_told_with_who_held_it() {
    let database = Cluster::shared().database();
    database.psql("CREATE TABLE busy (a int); CREATE TABLE free (a int)");
    let project = Project::for_database(&database);
    let up = "ALTER TABLE free ADD COLUMN b int;\nALTER TABLE busy ADD COLUMN b int;\n";
    let down = "ALTER TABLE busy DROP COLUMN b; ALTER TABLE free DROP COLUMN b;";
    project.migration(1, "widen", up, down);
    let reader = OtherSession::holding(&database, "night <b>shift", "BEGIN; SELECT * FROM busy");
    let mut running = project.command(&with_reports(&["migrate"])).spawn();
    running.wait_for_stderr("the lock is held by");
    reader.end();
    let reported = read(&project, running.wait().expect_code(0));
    let step = &reported.json["steps"][0];
    let tries = step["tries"].as_array().expect("it is a list");
    assert!(!tries.is_empty(), "{step:#}");
    for it in tries {
        assert_eq!(it["message"], "canceling statement due to lock timeout");
        assert!(number(&it["duration_ms"]) >= 50.0 && number(&it["pause_ms"]) >= 500.0, "{it:#}");
        assert_within(it, step);
    }
    let blocker =
        tries.iter().flat_map(|it| it["blockers"].as_array().into_iter().flatten()).next();
    let blocker = blocker.expect("it was named");
    assert_eq!(blocker["application"], "night <b>shift");
    assert_eq!(blocker["holds"], "ACCESS SHARE on public.busy");
    assert_eq!(blocker["user"], "postgres");
    assert!(reported.html.contains("night &lt;b&gt;shift"));
    assert!(reported.html.contains("Locks that were not had"));
    // The tables are taken one after another before the first statement.
    let locks = step["locks"].as_array().expect("it is a list");
    let of = |name: &str| {
        let same =
            |it: &&serde_json::Value| it["object"].as_str().is_some_and(|it| it.ends_with(name));
        locks.iter().filter(same).count()
    };
    assert_eq!((of("free"), of("busy")), (1, 1), "{step:#}");
}

#[test]
fn a_lock_that_was_not_had_in_the_end_is_told() {
    let database = Cluster::shared().database();
    database.psql("CREATE TABLE busy (a int)");
    let project = Project::for_database(&database);
    project.migration(1, "widen", "ALTER TABLE busy ADD COLUMN b int;", "SELECT 1;");
    let reader = OtherSession::holding(&database, "reader", "BEGIN; SELECT * FROM busy");
    let reported = reported(&project, &["migrate", "--ddl-lock-timeout", "2s"]);
    reader.end();
    let json = &reported.json;
    assert_eq!(json["error"]["kind"], "object_lock", "{}", reported.run);
    assert_eq!(json["error"]["blockers"][0]["application"], "reader");
    let tries = json["steps"][0]["tries"].as_array().expect("it is a list");
    let last = tries.last().expect("there are some");
    assert_eq!((&last["pause_ms"], &last["statement"]), (&0.0.into(), &1.into()), "{last:#}");
    assert!(reported.html.contains("Held by"));
}

#[test]
fn a_wait_for_another_runner_is_told() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    project.migration(1, "first", "SELECT pg_sleep(1);", "SELECT 1;");
    let mut running = project.command(&["migrate"]).spawn();
    crate::support::wait_for_statement(&database, "pg_sleep(1)");
    let reported = reported(&project, &["migrate"]);
    assert!(running.is_running() || reported.run.code == 0);
    running.wait().expect_code(0);
    let wait = &reported.json["runner_waits"][0];
    assert!(number(&wait["duration_ms"]) > 100.0, "{:#}", reported.json);
    assert_eq!(wait["user"], "postgres");
    // The other one has done what there was to do.
    assert_eq!(reported.json["steps"].as_array().map(Vec::len), Some(0), "{:#}", reported.json);
    assert_eq!(reported.json["outcome"], "nothing_to_do");
}

#[test]
fn what_holds_a_backfill_back_is_told() {
    let database = Cluster::shared().database();
    database.psql(
        "CREATE TABLE t (a int PRIMARY KEY, b int); INSERT INTO t SELECT g FROM generate_series(1, 300) g",
    );
    let project = Project::for_database(&database);
    let up = "-- turnback:backfill t\nUPDATE t SET b = a WHERE b IS NULL;";
    project.migration(1, "fill", up, "UPDATE t SET b = NULL;");
    let holder = Client::connect(&database);
    holder.tell("BEGIN; UPDATE t SET a = a WHERE a = 7");
    let mut running = project.command(&with_reports(&["migrate"])).spawn();
    crate::support::poll(crate::support::PATIENCE, || {
        let waits = "SELECT count(*) FROM turnback.backfill";
        (database.try_psql(waits).as_deref() == Ok("1")).then_some(())
    })
    .expect("it begins");
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert!(running.is_running(), "{}", running.wait());
    holder.tell("COMMIT");
    let reported = read(&project, running.wait().expect_code(0));
    let backfill = &reported.json["steps"][0]["backfills"][0];
    let held = backfill["held"].as_array().expect("it is a list");
    let reason = held.iter().filter_map(|it| it["reason"].as_str());
    assert!(reason.clone().any(|it| it.contains("others hold rows")), "{backfill:#}");
    assert!(held.iter().all(|it| it["stopped"] == false), "{backfill:#}");
    assert!(number(&backfill["batches"]) >= 1.0);
}
