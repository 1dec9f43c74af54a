//! Tables and statements of all kinds: what can run in batches does, the rest is refused before it
//! changes anything.

use super::Stand;

/// A backfill of any shape: what it changes can be counted by one query, which says the same
/// whether a backup is made or not, and the values come back.
#[track_caller]
fn works(ground: &str, migration: &str, counted: &str, answer: &str) {
    let stand = Stand::new(ground, migration);
    stand.migrate_for_good().expect_code(0);
    stand.expect(counted, answer);
    comes_back(ground, migration, counted, answer);
}

#[track_caller]
fn comes_back(ground: &str, migration: &str, counted: &str, answer: &str) {
    let stand = Stand::new(ground, migration);
    let content = |table: &str| {
        stand.database.psql(&format!(
            "SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {table} AS t"
        ))
    };
    let table = stand.database.psql(
        "SELECT c.oid::regclass FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace \
         WHERE relkind IN ('r', 'p') AND NOT relispartition AND nspname NOT LIKE 'pg\\_%' \
         AND nspname NOT IN ('information_schema', 'turnback') ORDER BY c.oid LIMIT 1",
    );
    let before = content(&table);
    stand.migrate().expect_code(0);
    stand.expect(counted, answer);
    stand.project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(content(&table), before, "the values of {table} come back");
}

#[track_caller]
fn refused(ground: &str, migration: &str, word: &str) {
    let stand = Stand::new(ground, migration);
    let run = stand.migrate();
    assert!(run.code != 0 && run.stderr.contains(word), "{word} is not in {run}");
}

const FILL: &str = "-- turnback:backfill item\nUPDATE item SET value = id * 2 WHERE value IS NULL;";
const FILLED: &str = "SELECT count(*), count(*) FILTER (WHERE value = id * 2) FROM item";
const ROWS: &str = "INSERT INTO item (id, value, note) SELECT i, NULL, 'n' || i FROM generate_series(1, 3000) AS i;";
const COLUMNS: &str = "id int, value int, note text";

fn plain(rows: &str) -> String {
    format!("CREATE TABLE item ({COLUMNS}, PRIMARY KEY (id)); {rows}")
}

#[test]
fn partitions_of_two_levels() {
    let ground = format!(
        "CREATE TABLE item ({COLUMNS}, PRIMARY KEY (id)) PARTITION BY RANGE (id);
         CREATE TABLE item_low PARTITION OF item FOR VALUES FROM (0) TO (1000) PARTITION BY HASH (id);
         CREATE TABLE item_low_0 PARTITION OF item_low FOR VALUES WITH (MODULUS 2, REMAINDER 0);
         CREATE TABLE item_low_1 PARTITION OF item_low FOR VALUES WITH (MODULUS 2, REMAINDER 1);
         CREATE TABLE item_high PARTITION OF item FOR VALUES FROM (1000) TO (9000);
         CREATE TABLE item_rest PARTITION OF item DEFAULT; {ROWS}"
    );
    works(&ground, FILL, FILLED, "3000|3000");
}

#[test]
fn tables_that_inherit() {
    let ground = format!(
        "{} CREATE TABLE heir (more text, PRIMARY KEY (id)) INHERITS (item);
         INSERT INTO heir SELECT i + 10000, NULL, 'h', 'm' FROM generate_series(1, 100) AS i;",
        plain(ROWS)
    );
    works(&ground, FILL, FILLED, "3100|3100");
    let only = FILL.replace("UPDATE item", "UPDATE ONLY item");
    works(&ground, &only, FILLED, "3100|3000");
}

#[test]
fn an_unlogged_table() {
    let ground = plain(ROWS).replace("CREATE TABLE", "CREATE UNLOGGED TABLE");
    works(&ground, FILL, FILLED, "3000|3000");
}

#[test]
fn tables_of_no_row_and_one_row() {
    works(&plain(""), FILL, FILLED, "0|0");
    works(&plain("INSERT INTO item VALUES (7, NULL, 'n');"), FILL, FILLED, "1|1");
}

#[test]
fn statistics_that_are_wrong() {
    let statistics = "UPDATE pg_class SET reltuples = 1e12, relpages = 7, relallvisible = 7 \
                      WHERE oid = 'item'::regclass;";
    works(&format!("{} {statistics}", plain(ROWS)), FILL, FILLED, "3000|3000");
}

#[test]
fn names_that_need_quotes() {
    let ground = "CREATE SCHEMA \"Weird Schema\";
        CREATE TABLE \"Weird Schema\".\"T a'b\"\"le\" (\"select\" int PRIMARY KEY, \"the Value\" int, \"n'ote\" text);
        INSERT INTO \"Weird Schema\".\"T a'b\"\"le\" SELECT i, NULL, 'n' FROM generate_series(1, 3000) AS i;";
    let migration = "-- turnback:backfill \"Weird Schema\".\"T a'b\"\"le\"
        UPDATE \"Weird Schema\".\"T a'b\"\"le\" AS \"Al ias\" SET \"the Value\" = \"Al ias\".\"select\" * 2
        WHERE \"Al ias\".\"the Value\" IS NULL; -- the end";
    let counted = "SELECT count(*) FILTER (WHERE \"the Value\" = \"select\" * 2) FROM \"Weird Schema\".\"T a'b\"\"le\"";
    works(ground, migration, counted, "3000");
}

const OTHERS: &str = "CREATE TABLE rate (item int, value int);
    INSERT INTO rate SELECT i, i * 2 FROM generate_series(1, 3000) AS i, generate_series(1, 2);";

#[test]
fn other_tables_beside_it() {
    let ground = format!("{} {OTHERS}", plain(ROWS));
    let update = "-- turnback:backfill item
        UPDATE item AS i SET value = r.value FROM rate AS r WHERE r.item = i.id AND i.value IS NULL;";
    works(&ground, update, FILLED, "3000|3000");
    let with = "-- turnback:backfill item
        WITH doubled AS (SELECT item, max(value) AS value FROM rate GROUP BY item)
        UPDATE item SET value = d.value FROM doubled AS d WHERE d.item = item.id AND item.value IS NULL;";
    works(&ground, with, FILLED, "3000|3000");
    let delete = "-- turnback:backfill item
        DELETE FROM item USING rate AS r WHERE r.item = item.id AND r.value > 2000 -- these";
    works(&ground, delete, "SELECT count(*) FROM item", "1000");
}

#[test]
fn a_table_is_emptied() {
    let delete = "-- turnback:backfill item\nDELETE FROM item;";
    works(&plain(ROWS), delete, "SELECT count(*) FROM item", "0");
}

#[test]
fn keys_of_several_columns() {
    let ground = plain(ROWS).replace("PRIMARY KEY (id)", "PRIMARY KEY (note, id)");
    works(&ground, FILL, FILLED, "3000|3000");
    let by_key = FILL.replace("backfill item", "backfill item(note, id)");
    works(&ground, &by_key, FILLED, "3000|3000");
}

#[test]
fn in_the_order_of_a_key() {
    let by_key = FILL.replace("backfill item", "backfill item(id)");
    works(&plain(ROWS), &by_key, FILLED, "3000|3000");
    works(&plain(""), &by_key, FILLED, "0|0");
}

#[test]
fn columns_that_are_generated() {
    let ground = plain(ROWS).replace(
        "note text",
        "note text, twice int GENERATED ALWAYS AS (value * 2) STORED, \
         own int GENERATED ALWAYS AS IDENTITY",
    );
    works(&ground, FILL, FILLED, "3000|3000");
    let delete = "-- turnback:backfill item\nDELETE FROM item WHERE id > 1000;";
    works(&ground, delete, "SELECT count(*) FROM item", "1000");
}

#[test]
fn a_foreign_key() {
    let ground = format!(
        "{} {OTHERS} ALTER TABLE item ADD COLUMN parent int REFERENCES item;
         UPDATE item SET parent = id - 1 WHERE id > 1;",
        plain(ROWS)
    );
    works(&ground, FILL, FILLED, "3000|3000");
}

#[test]
fn a_trigger_that_keeps_the_time() {
    let ground = format!(
        "{} ALTER TABLE item ADD COLUMN updated_at timestamptz DEFAULT '2020-01-01';
         CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN new.updated_at := clock_timestamp(); RETURN new; END $$;
         CREATE TRIGGER stamp BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION stamp();",
        plain(ROWS)
    );
    let stamped = "SELECT count(*) FROM item WHERE value = id * 2 AND updated_at > '2021-01-01'";
    works(&ground, FILL, stamped, "3000");
}

#[test]
fn settings_of_the_script_hold_for_every_batch_and_behind_it() {
    let ground = "CREATE SCHEMA own; CREATE TABLE own.item (id int PRIMARY KEY, value text);
        INSERT INTO own.item SELECT i, NULL FROM generate_series(1, 3000) AS i;
        CREATE TABLE own.seen (value text);";
    let migration = "SET search_path = own;
        SET app.name = 'mine';
        -- turnback:backfill item
        UPDATE item SET value = current_setting('app.name') WHERE value IS NULL;
        INSERT INTO seen VALUES (current_setting('app.name'));";
    let counted = "SELECT count(*) FILTER (WHERE value = 'mine'), (SELECT max(value) FROM own.seen) \
                   FROM own.item";
    works(ground, migration, counted, "3000|mine");
}

#[test]
fn a_table_without_a_key() {
    let ground = plain(ROWS).replace(", PRIMARY KEY (id)", "");
    refused(&ground, FILL, "it has no primary key");
    let stand = Stand::new(&ground, FILL);
    stand.migrate_for_good().expect_code(0);
    stand.expect(FILLED, "3000|3000");
}

#[test]
fn what_is_no_table_is_refused() {
    let foreign =
        "CREATE EXTENSION IF NOT EXISTS file_fdw; CREATE SERVER f FOREIGN DATA WRAPPER file_fdw;";
    let part = format!(
        "{foreign} CREATE TABLE item ({COLUMNS}) PARTITION BY LIST (id);
         CREATE FOREIGN TABLE far PARTITION OF item FOR VALUES IN (5) SERVER f OPTIONS (filename '/x');"
    );
    refused(&part, FILL, "foreign table");
    let table = format!(
        "{foreign} CREATE FOREIGN TABLE item ({COLUMNS}) SERVER f OPTIONS (filename '/x');"
    );
    refused(&table, FILL, "foreign table");
    let view = "CREATE VIEW item AS SELECT 1 AS id, 2 AS value, 'n' AS note;";
    refused(view, FILL, "view");
    let temporary = format!("CREATE TEMPORARY TABLE item ({COLUMNS}, PRIMARY KEY (id));\n{FILL}");
    refused("", &temporary, "temporary table");
    refused("", FILL, "no such table");
}

#[test]
fn a_role_that_the_script_takes_on_is_refused() {
    refused(&plain(ROWS), &format!("SET ROLE pg_monitor;\n{FILL}"), "changed its role");
}

#[test]
fn a_column_that_decides_on_the_partition_is_refused() {
    let ground = format!(
        "CREATE TABLE item ({COLUMNS}) PARTITION BY LIST (value); CREATE TABLE item_rest PARTITION OF item DEFAULT;"
    );
    refused(&ground, FILL, "decides in which partition");
}
