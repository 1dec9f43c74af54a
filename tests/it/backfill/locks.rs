//! Others hold the table, or rows of it: a backfill waits for them, and they hardly wait for it.

use super::{ALL, ALL_DONE, SLOW, SLOWLY, Stand, pause};
use crate::support::{Client, OtherSession, PATIENCE, poll};

const LOCK: &str = "BEGIN; LOCK TABLE item IN ACCESS EXCLUSIVE MODE";

#[test]
fn a_table_that_is_locked_before_the_backfill_begins_is_waited_for() {
    let stand = Stand::new(SLOW, SLOWLY);
    let other = OtherSession::holding(&stand.database, "holder", LOCK);
    let running = stand.project.command(&["migrate"]).spawn();
    pause(1_500);
    other.end();
    running.wait().expect_code(0);
    stand.expect(ALL, ALL_DONE);
}

#[test]
fn a_table_that_is_locked_meanwhile_is_waited_for() {
    let stand = Stand::new(SLOW, SLOWLY);
    let running = stand.project.command(&["migrate"]).spawn();
    stand.wait_until_under_way();
    let client = Client::connect(&stand.database);
    for _ in 0..2 {
        client.tell(LOCK);
        pause(1_000);
        client.tell("COMMIT");
        pause(200);
    }
    running.wait().expect_code(0);
    stand.expect(ALL, ALL_DONE);
}

/// So long that the rest of the table is done, and only looks for what is left go on.
#[test]
fn a_row_that_is_locked_for_long_is_waited_for() {
    let stand = Stand::new(&SLOW.replace("8000", "500"), SLOWLY);
    let row = "BEGIN; SELECT FROM item WHERE id = 77 FOR UPDATE";
    let other = OtherSession::holding(&stand.database, "holder", row);
    let mut running = stand.project.command(&["migrate"]).spawn();
    pause(12_000);
    assert!(running.is_running(), "{}", running.stderr_so_far());
    stand.expect("SELECT count(*) FROM item WHERE value IS NULL", "1");
    other.end();
    running.wait().expect_code(0);
    stand.expect(ALL, "500|500|500");
}

/// As an autovacuum does with tables that have got millions of rows, until the server ends it.
#[test]
fn what_was_written_down_is_settled_as_soon_as_others_let_it() {
    let stand = Stand::new(SLOW, SLOWLY);
    let mut running = stand.project.command(&["migrate"]).spawn();
    stand.wait_until_under_way();
    let tables = stand.database.psql(
        "SELECT string_agg(oid::regclass::text, ', ') FROM pg_class WHERE relkind = 'r' \
         AND relnamespace = 'turnback'::regnamespace AND relname LIKE 'item_backup%'",
    );
    let lock = format!("BEGIN; LOCK TABLE {tables} IN SHARE UPDATE EXCLUSIVE MODE");
    let other = OtherSession::holding(&stand.database, "vacuum", &lock);
    poll(PATIENCE, || (stand.database.psql(ALL) == ALL_DONE).then_some(()))
        .expect("the batches are in nobody's way");
    pause(6_000);
    assert!(running.is_running(), "it waits for nobody: {}", running.stderr_so_far());
    other.end();
    running.wait().expect_code(0);
    stand.expect("SELECT state FROM turnback.backup", "kept");
}
