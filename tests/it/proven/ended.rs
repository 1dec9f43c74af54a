//! A rollback that is killed while it is proven.

use super::{contents, empty, events};
use crate::support::{Either, OtherSession, Project, Signal, drift, wait_for_statement};

fn given(down: &str) -> (Either, Project) {
    let database = Either::Postgres(empty());
    let project = database.project();
    database.query("CREATE TABLE pace (seconds int); INSERT INTO pace VALUES (600)");
    project.migration(1, "users", "CREATE TABLE users (id int, name text);", down);
    project.run(&["migrate"]).expect_code(0);
    (database, project)
}

#[test]
fn a_killed_rollback_leaves_all_as_it_was_and_is_proven_the_next_time() {
    let forgets = "ALTER TABLE users DROP name; SELECT pg_sleep(seconds) FROM pace;";
    let (database, project) = given(forgets);
    let Either::Postgres(server) = &database else { unreachable!("it was made so") };
    let before = contents(&database);
    let running = project.command(&["rollback", "--force"]).spawn();
    let pid = wait_for_statement(server, "pg_sleep(seconds)");
    running.signal(Signal::KILL);
    running.wait().expect_code(128 + 9);
    server.psql(&format!("SELECT pg_terminate_backend({pid}, 60000)"));
    assert_eq!(contents(&database), before);
    assert_eq!(events(&database), "applied 1");

    server.psql("UPDATE pace SET seconds = 0");
    let document = project.run(&["rollback", "--force", "--format", "json"]).expect_code(4).json();
    let expected = ["unexpected table public.users", "unexpected column public.users.id"];
    assert_eq!(drift(&document), expected);
}

/// The comparison comes behind the last statement and before the commit: a session that holds what
/// is to be read cannot make it pass unproven.
#[test]
fn a_rollback_that_cannot_be_compared_is_not_committed() {
    let (database, project) = given("ALTER TABLE users DROP name;");
    let Either::Postgres(server) = &database else { unreachable!("it was made so") };
    let before = contents(&database);
    let holder = OtherSession::holding(
        server,
        "holder",
        "BEGIN; LOCK TABLE pg_catalog.pg_policy IN ACCESS EXCLUSIVE MODE",
    );
    let running = project.command(&["rollback", "--force"]).spawn();
    std::thread::sleep(std::time::Duration::from_millis(500));
    running.signal(Signal::KILL);
    running.wait().expect_code(128 + 9);
    holder.end();
    assert_eq!(contents(&database), before);
    assert_eq!(events(&database), "applied 1");
}
