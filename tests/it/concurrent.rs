//! Builds, reindexes and detaches beside others: how far they are, whom they wait for, and what they
//! leave when they fail.

use crate::support::{
    Client, Cluster, Database, OtherSession, PATIENCE, Project, Signal, poll, psql_at, sessions,
    wait_for_statement,
};

const OFF: &str = "-- turnback:transaction off\n";
const WRITER: &str = "BEGIN; INSERT INTO items VALUES (0)";
/// It holds no lock on the table, and still could look for rows that the index does not have yet.
const OLD_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1";

fn with(setup: &str, script: &str) -> (Database, Project) {
    let database = Cluster::shared().database();
    database.psql(setup);
    let project = Project::for_database(&database);
    project.migration(1, "change", &format!("{OFF}{script}"), "SELECT 1;");
    (database, project)
}

const ITEMS: &str = "CREATE TABLE items (a int); INSERT INTO items SELECT generate_series(1, 100)";
const INDEX: &str = "CREATE INDEX CONCURRENTLY items_a ON items (a);\n";
const REINDEX: &str = "REINDEX TABLE CONCURRENTLY items;\n";

fn invalid_indexes(database: &Database) -> String {
    database.psql(
        "SELECT coalesce(string_agg(indexrelid::regclass::text, ' '), '') FROM pg_index
        WHERE NOT indisvalid",
    )
}

/// Waits until a build has made its index, which it does a while after it began.
fn wait_for_index(database: &Database) {
    let made = || (invalid_indexes(database) == "items_a").then_some(());
    poll(PATIENCE, made).expect("the index is made");
}

#[test]
fn whom_a_build_waits_for_is_named_once_with_how_to_end_it() {
    let (database, project) = with(ITEMS, INDEX);
    let writer = OtherSession::holding(&database, "writer", WRITER);
    let mut running = project.command(&["migrate"]).spawn();
    running.wait_for_stderr("items_a ON items: waiting for writers before build, 0 of 1 session");
    let pid = wait_for_statement(&database, "pg_sleep");
    // It looks twice a second.
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    // Its command does end it, and the build goes on.
    database.psql(&format!("SELECT pg_terminate_backend({pid})"));
    let run = running.wait().expect_code(0);
    let named = format!(
        "CREATE INDEX CONCURRENTLY items_a ON items waits for pid {pid} (writer, role postgres"
    );
    assert_eq!(run.stderr.matches(&named).count(), 1, "{run}");
    let ending = format!("to end it, where it may be ended: SELECT pg_terminate_backend({pid});");
    assert_eq!(run.stderr.matches(&ending).count(), 1, "{run}");
    assert_eq!(invalid_indexes(&database), "");
    writer.end();
}

#[test]
fn a_build_is_a_bar_on_a_terminal_and_nothing_where_it_is_short() {
    let (database, project) = with(ITEMS, INDEX);
    let writer = OtherSession::holding(&database, "writer", WRITER);
    let mut terminal = project.command(&["migrate"]).in_terminal();
    terminal.expect("waiting for writers before build, 0 of 1 session, ", PATIENCE);
    writer.end();
    assert_eq!(terminal.wait(), 0, "{}", terminal.output_so_far());
    let (_database, project) = with(ITEMS, INDEX);
    let run = project.run(&["migrate"]).expect_code(0);
    assert!(!run.stderr.contains("items_a ON items: "), "{run}");
}

#[test]
fn a_build_that_is_large_tells_how_far_it_is() {
    let rows = "CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql
            AS 'BEGIN PERFORM pg_sleep(0.01); RETURN $1; END';
        CREATE TABLE items (a int, filler text);
        ALTER TABLE items ALTER filler SET STORAGE PLAIN;
        INSERT INTO items SELECT n, repeat('x', 3000) FROM generate_series(1, 300) AS n";
    let script = "CREATE INDEX CONCURRENTLY items_a ON items (slow(a));\n";
    let (_database, project) = with(rows, script);
    let run = project.run(&["migrate"]).expect_code(0);
    assert!(run.stderr.contains("items_a ON items: building index: scanning table, "), "{run}");
    assert!(run.stderr.contains(" of 150 blocks ("), "{run}");
}

#[test]
fn a_build_that_is_stopped_takes_its_index_along() {
    let (database, project) = with(ITEMS, INDEX);
    let old = OtherSession::holding(&database, "old", OLD_SNAPSHOT);
    let mut running = project.command(&["migrate", "--format", "json"]).spawn();
    running.wait_for_stderr("waiting for old snapshots");
    running.signal(Signal::INT);
    let run = running.wait().expect_code(1);
    assert_eq!(run.json()["error"]["kind"], "interrupted");
    assert!(run.stderr.contains("the invalid index that it left was dropped: items_a"), "{run}");
    assert_eq!(invalid_indexes(&database), "");
    old.end();
}

#[test]
fn what_a_stopped_build_cannot_drop_is_told_and_dropped_by_the_next_run() {
    let (database, project) = with(ITEMS, INDEX);
    let writer = OtherSession::holding(&database, "writer", WRITER);
    let running = project.command(&["migrate"]).spawn();
    wait_for_index(&database);
    running.signal(Signal::INT);
    let run = running.wait().expect_code(1);
    assert!(run.stderr.contains("it left an invalid index, which stands"), "{run}");
    assert_eq!(invalid_indexes(&database), "items_a");
    writer.end();
    let run = project.run(&["migrate"]).expect_code(0);
    assert!(run.stderr.contains("is invalid, left by a build that failed"), "{run}");
    assert_eq!(invalid_indexes(&database), "");
}

#[test]
fn a_build_that_is_ended_by_a_deadlock_is_tried_again() {
    let script = format!("SET deadlock_timeout = '2s';\n{INDEX}");
    let (database, project) = with(ITEMS, &script);
    let rival = Client::connect(&database);
    rival.tell("SET deadlock_timeout = '60s'");
    rival.tell(WRITER);
    let running = project.command(&["migrate"]).spawn();
    wait_for_index(&database);
    // It waits for the build, which waits for it.
    rival.tell("ALTER TABLE items ADD COLUMN b int; COMMIT");
    let run = running.wait().expect_code(0);
    assert!(run.stderr.contains("deadlock detected; trying again in "), "{run}");
    assert_eq!(invalid_indexes(&database), "");
    assert_eq!(database.psql("SELECT count(*) FROM pg_class WHERE relname = 'items_a'"), "1");
}

#[test]
fn an_index_that_somebody_is_building_is_waited_for_and_stays() {
    let script = INDEX.replace("CONCURRENTLY", "CONCURRENTLY IF NOT EXISTS");
    let (database, project) = with(ITEMS, &script);
    let writer = OtherSession::holding(&database, "writer", WRITER);
    let url = database.url();
    std::thread::scope(|scope| {
        let builder = scope.spawn(|| psql_at(&url, INDEX, &[]));
        let pid = wait_for_statement(&database, "CREATE INDEX CONCURRENTLY");
        wait_for_index(&database);
        let mut running = project.command(&["migrate"]).spawn();
        running.wait_for_stderr(&format!("index items_a is being built by pid {pid}"));
        let number = "SELECT 'items_a'::regclass::oid";
        let before = database.psql(number);
        writer.end();
        let run = running.wait().expect_code(0);
        assert!(!run.stderr.contains("left by a build"), "{run}");
        assert_eq!(database.psql(number), before);
        builder.join().expect("it does not panic").expect("it builds its index");
    });
    assert_eq!(invalid_indexes(&database), "");
}

/// A build fails on a name that is taken before it makes anything.
#[test]
fn an_index_of_somebody_else_is_left_alone() {
    let (database, project) = with(ITEMS, INDEX);
    database.psql("CREATE VIEW items_a AS SELECT 1");
    let run = project.run(&["migrate"]).expect_code(1);
    assert!(run.stderr.contains("SQLSTATE: 42P07"), "{run}");
    assert!(!run.stderr.contains("dropped"), "{run}");
}

/// Leaves what a REINDEX leaves that is cancelled.
fn cancel_reindex(database: &Database, other: &str) {
    let other = OtherSession::holding(database, "other", other);
    let options = [("PGOPTIONS", "-c statement_timeout=500")];
    psql_at(&database.url(), "REINDEX TABLE CONCURRENTLY items", &options).unwrap_err();
    other.end();
}

#[test]
fn leftovers_of_reindexes_are_dropped_first() {
    let setup = format!("{ITEMS}; CREATE INDEX items_a ON items (a)");
    let (database, project) = with(&setup, REINDEX);
    cancel_reindex(&database, WRITER);
    assert_eq!(invalid_indexes(&database), "items_a_ccnew");
    let run = project.run(&["migrate"]).expect_code(0);
    assert!(run.stderr.contains("items_a_ccnew is invalid, left by a REINDEX"), "{run}");
    assert_eq!(invalid_indexes(&database), "");
    let indexes = "SELECT string_agg(indexrelid::regclass::text, ' ') FROM pg_index
        WHERE indrelid = 'items'::regclass";
    assert_eq!(database.psql(indexes), "items_a");
    // Those that belong to another table stay: nobody asked for them.
    let (database, project) = with(&setup, "REINDEX INDEX CONCURRENTLY others_a;\n");
    database.psql("CREATE TABLE others (a int); CREATE INDEX others_a ON others (a)");
    cancel_reindex(&database, WRITER);
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(invalid_indexes(&database), "items_a_ccnew");
}

#[test]
fn leftovers_are_looked_for_wherever_a_reindex_reaches() {
    let parted = "CREATE SCHEMA \"Old one\";
        CREATE TABLE whole (a int) PARTITION BY LIST (a); CREATE INDEX ON whole (a);
        CREATE TABLE \"Old one\".items PARTITION OF whole FOR VALUES IN (0)";
    let leaves = |database: &Database| {
        let writer = "BEGIN; INSERT INTO \"Old one\".items VALUES (0)";
        let writer = OtherSession::holding(database, "writer", writer);
        let options = [("PGOPTIONS", "-c statement_timeout=500")];
        let reindex = "REINDEX INDEX CONCURRENTLY \"Old one\".items_a_idx";
        psql_at(&database.url(), reindex, &options).unwrap_err();
        writer.end();
    };
    let left = "\"Old one\".items_a_idx_ccnew";
    for reached in [
        "TABLE CONCURRENTLY whole",
        "INDEX CONCURRENTLY whole_a_idx",
        "SCHEMA CONCURRENTLY \"Old one\"",
        "DATABASE CONCURRENTLY {database}",
    ] {
        let (database, project) = with(parted, "");
        let script = reached.replace("{database}", database.name());
        project.migration(1, "change", &format!("{OFF}REINDEX {script};\n"), "SELECT 1;");
        leaves(&database);
        assert_eq!(invalid_indexes(&database), left);
        let run = project.run(&["migrate"]).expect_code(0);
        assert!(run.stderr.contains("items_a_idx_ccnew is invalid, left by a REINDEX"), "{run}");
        assert_eq!(invalid_indexes(&database), "", "{reached}");
    }
    // Another schema's are left alone.
    let (database, project) = with(parted, "REINDEX SCHEMA CONCURRENTLY public;\n");
    leaves(&database);
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(invalid_indexes(&database), left);
}

#[test]
fn a_reindex_that_fails_drops_what_it_made() {
    let setup = format!("{ITEMS}; CREATE INDEX items_a ON items (a)");
    let (database, project) = with(&setup, REINDEX);
    let old = OtherSession::holding(&database, "old", OLD_SNAPSHOT);
    let running = project.command(&["migrate"]).spawn();
    let pid = wait_for_statement(&database, "REINDEX TABLE CONCURRENTLY");
    let made = || (invalid_indexes(&database) == "items_a_ccnew").then_some(());
    poll(PATIENCE, made).expect("the new index is there");
    database.psql(&format!("SELECT pg_cancel_backend({pid})"));
    let run = running.wait().expect_code(1);
    assert!(run.stderr.contains("V1__change.sql:2:1"), "{run}");
    let said = "the invalid index that it left was dropped: public.items_a_ccnew";
    assert!(run.stderr.contains(said), "{run}");
    assert_eq!(invalid_indexes(&database), "");
    old.end();
    project.run(&["migrate"]).expect_code(0);
}

#[test]
fn a_detach_that_was_killed_is_finished() {
    let setup = "CREATE TABLE whole (a int) PARTITION BY LIST (a);
        CREATE TABLE part PARTITION OF whole FOR VALUES IN (1); INSERT INTO whole VALUES (1)";
    let script = "ALTER TABLE whole DETACH PARTITION part CONCURRENTLY;\n\
                  INSERT INTO part VALUES (1);\n";
    let state = "SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = 'part'::regclass";
    for signal in [Signal::KILL, Signal::INT] {
        let (database, project) = with(setup, script);
        let reader = OtherSession::holding(&database, "reader", "BEGIN; SELECT FROM whole");
        let running = project.command(&["migrate"]).spawn();
        let pending = || (database.psql(state) == "t").then_some(());
        poll(PATIENCE, pending).expect("the detach has begun");
        running.signal(signal);
        let run = running.wait();
        if signal == Signal::INT {
            assert!(run.stderr.contains("partition part is half detached"), "{run}");
        }
        // The server finds out after a while that nobody waits for the statement any more.
        let gone = || (sessions(&database) == "0").then_some(());
        poll(PATIENCE, gone).expect("the session ends");
        assert_eq!(database.psql(state), "t");
        reader.end();
        let run = project.run(&["migrate"]).expect_code(0);
        assert!(run.stderr.contains("part is half detached, left by an earlier try"), "{run}");
        assert_eq!(database.psql(state), "");
        assert_eq!(database.psql("SELECT string_agg(a::text, ' ' ORDER BY a) FROM part"), "1 1");
    }
}
