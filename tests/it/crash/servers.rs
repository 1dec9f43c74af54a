//! The server ends in the middle of a migration.

use crate::support::{Cluster, wait_for_statement};

use super::{assert_goes_on, pace, paced};

#[test]
fn a_server_that_crashed_and_came_back_is_migrated_on() {
    let mut cluster = Cluster::private(&[]);
    let database = cluster.database();
    let project = pace(&database);
    let running = project.command(&["migrate", "--format", "json"]).spawn();
    wait_for_statement(&database, "LATERAL pg_sleep");
    cluster.crash();
    let error = running.wait().expect_code(1).json()["error"].clone();
    assert_eq!(error["kind"], "connection", "{error}");
    assert!(error["message"].as_str().unwrap().starts_with("V2__paced failed:"), "{error}");
    assert!(error["notes"].to_string().contains("applied and standing: V1__quick"), "{error}");
    // While it is down, that is all there is to say.
    let down = project.run(&["migrate", "--format", "json"]).expect_code(1).json();
    assert_eq!(down["error"]["kind"], "connection", "{down}");
    cluster.start();
    assert_goes_on(&database, &project);
}

#[test]
fn an_administrator_who_ends_the_session_is_quoted() {
    let (database, project) = paced();
    let running = project.command(&["migrate"]).spawn();
    let pid = wait_for_statement(&database, "LATERAL pg_sleep");
    database.psql(&format!("SELECT pg_terminate_backend({pid})"));
    let run = running.wait().expect_code(1);
    assert!(run.stderr.contains("terminating connection due to administrator command"), "{run}");
    assert_goes_on(&database, &project);
}
