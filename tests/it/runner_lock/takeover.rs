//! A runner that lost its turn stops before it changes anything more.

use crate::support::{
    Cluster, Database, Fault, Moment, OtherSession, PATIENCE, Project, Proxy, Trigger, poll,
    sessions, wait_for_statement,
};

/// What another runner does when it begins.
const TAKE: &str = "UPDATE turnback.runner SET token = token + 1";

fn three() -> (Database, Project) {
    let database = Cluster::shared().database();
    let project = Project::new();
    for version in 1..=3 {
        let up = format!("CREATE TABLE t{version} (a int);");
        project.migration(version, "table", &up, &format!("DROP TABLE t{version};"));
    }
    (database, project)
}

#[test]
fn a_runner_whose_token_was_taken_between_two_steps_stops() {
    let (database, project) = three();
    let proxy = Proxy::for_database(&database);
    let frozen = Trigger::Sent(b"CREATE TABLE t2".to_vec());
    proxy.when(frozen, Moment::BeforeForwarding, Fault::Freeze);
    let running = project
        .command(&["migrate", "--format", "json"])
        .env("DATABASE_URL", proxy.url_for(&database))
        .spawn();
    poll(PATIENCE, || (proxy.fired() == 1).then_some(())).expect("the second step begins");
    database.psql(TAKE);
    proxy.thaw();
    let error = running.wait().expect_code(5).json()["error"].clone();
    assert_eq!(error["kind"], "runner_lock");
    assert!(error["message"].as_str().unwrap().contains("another runner has taken over"));
    assert!(error["notes"].to_string().contains("applied and standing: V1__table"), "{error}");
    let tables = "SELECT string_agg(relname, ' ') FROM pg_class WHERE relname ~ '^t[0-9]$'";
    assert_eq!(database.psql(tables), "t1");
    assert_eq!(database.psql("SELECT version, kind FROM turnback.event"), "1|applied");
}

#[test]
fn nobody_takes_over_in_the_middle_of_a_transaction() {
    let (database, project) = three();
    database.psql("CREATE TABLE gate (a int)");
    let waits = "DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM gate) LOOP PERFORM pg_sleep(0.01); \
                 END LOOP; END $$;";
    project.migration(1, "table", waits, "SELECT 1;");
    let running = project.command(&["migrate"]).env("DATABASE_URL", database.url()).spawn();
    wait_for_statement(&database, "FROM gate");
    let refused = database.try_psql(&format!("SET lock_timeout = '50ms'; {TAKE}")).unwrap_err();
    assert!(refused.contains("lock timeout"), "{refused}");
    database.psql("INSERT INTO gate VALUES (1)");
    running.wait().expect_code(0);
}

/// The session that holds the lock lives on while its program is unreachable; the administrator
/// ends it, another runner works, and the first one's network comes back.
#[test]
fn a_runner_that_comes_back_from_a_frozen_network_does_no_harm() {
    let (database, project) = three();
    let proxy = Proxy::for_database(&database);
    let frozen = Trigger::Sent(b"CREATE TABLE t2".to_vec());
    proxy.when(frozen, Moment::BeforeForwarding, Fault::Freeze);
    let running =
        project.command(&["migrate"]).env("DATABASE_URL", proxy.url_for(&database)).spawn();
    poll(PATIENCE, || (proxy.fired() == 1).then_some(())).expect("the second step begins");
    database.psql(
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity \
         WHERE application_name = 'turnback' AND datname = current_database()",
    );
    project.command(&["migrate"]).env("DATABASE_URL", database.url()).run().expect_code(0);
    proxy.thaw();
    running.wait().expect_code(1);
    assert_eq!(database.psql("SELECT count(*) FROM refinery_schema_history"), "3");
    assert_eq!(sessions(&database), "0");
}

/// The token's row may be held by a runner that is about to lose: beginning waits a little at a
/// time, and says so.
#[test]
fn beginning_does_not_wait_for_ever() {
    let (database, project) = three();
    let project = project.url(&database.url());
    project.run(&["migrate", "--to", "1"]).expect_code(0);
    let row = "BEGIN; SELECT FROM turnback.runner FOR SHARE";
    let other = OtherSession::holding(&database, "other", row);
    let mut running = project.command(&["migrate"]).spawn();
    running.wait_for_stderr("lock timeout; trying again");
    other.end();
    running.wait().expect_code(0);
}
