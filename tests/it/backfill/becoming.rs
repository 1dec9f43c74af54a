//! The table becomes another while a backfill works at it.

use super::Stand;
use crate::support::Running;

/// Rows that take their time up to the number 8000: a run of about two seconds.
const GROUND: &str =
    "CREATE TABLE item (id int PRIMARY KEY, value int, note text) PARTITION BY RANGE (id);
    CREATE TABLE item_low PARTITION OF item FOR VALUES FROM (0) TO (4000);
    CREATE TABLE item_high PARTITION OF item FOR VALUES FROM (4000) TO (9000);
    CREATE TABLE item_last PARTITION OF item FOR VALUES FROM (9000) TO (10000);
    INSERT INTO item SELECT i, NULL, repeat('n', 150)
      FROM generate_series(0, 9999) AS i;
    CREATE FUNCTION slow(i int) RETURNS int LANGUAGE plpgsql AS
        $$ BEGIN IF i <= 8000 THEN PERFORM pg_sleep(0.0003); END IF; RETURN i; END $$;";
/// What the script has set before it holds to the end.
const SLOWLY: &str = "SET app.step = '0';
-- turnback:backfill item
UPDATE item SET value = slow(id) + current_setting('app.step')::int
WHERE value IS DISTINCT FROM id + current_setting('app.step')::int;";
const ALL: &str = "SELECT count(*), count(*) FILTER (WHERE value = id) FROM item";

/// The same rows in one table.
fn plain() -> String {
    let lines = GROUND.lines().filter(|line| !line.contains("PARTITION OF"));
    lines.collect::<Vec<_>>().join("\n").replace(" PARTITION BY RANGE (id)", "")
}

fn started(ground: &str) -> (Stand, Running) {
    let stand = Stand::new(ground, SLOWLY);
    let running = stand.project.command(&["migrate", "--batch-ms", "20"]).spawn();
    stand.wait_until_under_way();
    (stand, running)
}

#[test]
fn a_partition_that_is_attached_meanwhile_is_changed_too() {
    let (stand, mut running) = started(GROUND);
    stand.database.psql(
        "CREATE TABLE item_new (LIKE item INCLUDING ALL);
         INSERT INTO item_new SELECT i, NULL, 'new' FROM generate_series(10000, 10999) AS i;
         ALTER TABLE item ATTACH PARTITION item_new FOR VALUES FROM (10000) TO (11000);",
    );
    assert!(running.is_running(), "it was not meanwhile");
    running.wait().expect_code(0);
    stand.expect(ALL, "11000|11000");
    // It is not the migration's, so its rollback leaves it where it is gone before.
    stand.database.psql("DROP TABLE item_new");
    stand.project.run(&["rollback", "--force"]).expect_code(0);
    stand.expect("SELECT count(*), count(value) FROM item", "10000|0");
}

#[test]
fn partitions_that_are_dropped_or_detached_meanwhile_are_left_out() {
    for how in ["DROP TABLE item_last, item_high", "ALTER TABLE item DETACH PARTITION item_high"] {
        let (stand, mut running) = started(GROUND);
        stand.database.psql(how);
        assert!(running.is_running(), "it was not meanwhile");
        running.wait().expect_code(0);
        let left = stand.database.psql("SELECT count(*) FROM item");
        stand.expect(ALL, &format!("{left}|{left}"));
    }
}

#[test]
fn a_killed_run_goes_on_with_the_partitions_there_are_then() {
    let (stand, running) = started(GROUND);
    running.signal(crate::support::Signal::KILL);
    running.wait();
    stand.database.psql(
        "DROP TABLE item_high; CREATE TABLE item_new PARTITION OF item FOR VALUES FROM (20000) TO (21000);
         INSERT INTO item SELECT i, NULL, 'new' FROM generate_series(20000, 20999) AS i;",
    );
    stand.migrate().expect_code(0);
    stand.expect(ALL, "6000|6000");
}

#[test]
fn what_is_added_meanwhile_in_great_number_gets_parts_of_its_own() {
    let (stand, mut running) = started(&plain());
    let parts = || stand.database.psql("SELECT max(last::int) FROM turnback.backfill_unit");
    let before: u32 = parts().parse().expect("it is a block");
    stand.database.psql(
        "INSERT INTO item SELECT i, NULL, repeat('n', 1800) FROM generate_series(10000, 29999) AS i",
    );
    assert!(running.is_running(), "it was not meanwhile");
    running.wait().expect_code(0);
    stand.expect(ALL, "30000|30000");
    let behind: u32 = parts().parse().expect("it is a block");
    assert!(behind > before + 2_000, "parts end at block {before}, and at {behind} behind it");
}

#[test]
fn a_table_that_begins_to_inherit_is_named() {
    let (stand, running) = started(&plain());
    stand.database.psql("CREATE TABLE heir (PRIMARY KEY (id)) INHERITS (item)");
    let run = running.wait().expect_code(1);
    assert!(run.stderr.contains("public.heir has begun to inherit from it"), "{run}");
    stand.project.run(&["backfill", "cancel", "--version", "1", "--yes"]).expect_code(0);
    stand.migrate().expect_code(0);
    stand.expect(ALL, "10000|10000");
}
