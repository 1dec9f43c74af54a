//! More rows than one transaction takes, and what goes with them.

use super::{EXPIRED, given_postgres, given_sqlite};

/// Two rows fill a block, so that 650 blocks hold 1,300; a log tells which transaction deleted.
const WIDE: &str = "
    CREATE TABLE by_transaction (id xid8 PRIMARY KEY);
    CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO by_transaction SELECT pg_current_xact_id() FROM gone LIMIT 1;
        RETURN NULL; END $$;
    ALTER TABLE sessions ADD COLUMN filler text;
    ALTER TABLE sessions ALTER COLUMN filler SET STORAGE PLAIN;
    CREATE TRIGGER tell AFTER DELETE ON sessions REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION tell();
    INSERT INTO sessions SELECT n, (n % 10 <> 0)::int, repeat('x', 3800)
        FROM generate_series(4, 1300) AS n;
";

#[test]
fn a_large_table_is_deleted_from_in_several_transactions() {
    let (database, project) = given_postgres(&[EXPIRED]);
    database.psql(WIDE);
    assert!(database.psql("SELECT pg_relation_size('sessions') / 8192 > 512") == "t");
    let expired = database.psql("SELECT count(*) FROM sessions WHERE expired = 1");
    let run = project.run(&["cleanup", "--yes", "--format", "json"]).expect_code(0);
    assert_eq!(run.json()["rows"].to_string(), expired);
    assert_eq!(
        database.psql("SELECT count(*) FILTER (WHERE expired = 1), count(*) FROM sessions"),
        "0|131"
    );
    assert_eq!(database.psql("SELECT count(*) FROM by_transaction"), "2");
}

#[test]
fn every_partition_is_reached_to_its_end() {
    let (database, project) = given_postgres(&[("parts", "expired", "they ended")]);
    database.psql(
        "CREATE TABLE parts (id int, expired bool, filler text) PARTITION BY RANGE (id);
         CREATE TABLE small PARTITION OF parts FOR VALUES FROM (0) TO (100);
         CREATE TABLE large PARTITION OF parts FOR VALUES FROM (100) TO (9999)
             PARTITION BY RANGE (id);
         CREATE TABLE largest PARTITION OF large FOR VALUES FROM (100) TO (9999);
         ALTER TABLE largest ALTER COLUMN filler SET STORAGE PLAIN;
         INSERT INTO parts SELECT n, n % 2 = 0, 'x' FROM generate_series(0, 99) AS n;
         INSERT INTO parts SELECT n, n % 2 = 0, repeat('x', 3800) FROM generate_series(100, 1399) AS n",
    );
    let run = project.run(&["cleanup", "--yes", "--format", "json"]).expect_code(0);
    assert_eq!(run.json()["rows"], 700, "{run}");
    assert_eq!(database.psql("SELECT count(*), bool_or(expired) FROM parts"), "700|f");
}

#[test]
fn the_rows_of_a_child_table_are_reached_to_their_end() {
    let (database, project) = given_postgres(&[("parents", "expired", "they ended")]);
    database.psql(
        "CREATE TABLE parents (id int, expired bool, filler text);
         CREATE TABLE children () INHERITS (parents);
         ALTER TABLE children ALTER COLUMN filler SET STORAGE PLAIN;
         INSERT INTO children SELECT n, true, repeat('x', 3800) FROM generate_series(1, 1300) AS n",
    );
    let run = project.run(&["cleanup", "--yes", "--format", "json"]).expect_code(0);
    assert_eq!(run.json()["rows"], 1300, "{run}");
}

#[test]
fn a_large_sqlite_table_is_emptied_of_them_whatever_its_row_numbers() {
    let (file, project) = given_sqlite(&[EXPIRED]);
    file.execute(
        "WITH RECURSIVE n (i) AS (VALUES (4) UNION ALL SELECT i + 1 FROM n WHERE i < 3500)
         INSERT INTO sessions SELECT i - 2000, i % 7 > 0 FROM n WHERE i NOT IN (2001, 2002, 2003);
         INSERT INTO sessions VALUES (9223372036854775807, 1), (-9223372036854775808, 1)",
    );
    let counts = "SELECT sum(expired), sum(expired = 0) FROM sessions";
    let before = file.query(counts);
    let (expired, kept) = before.split_once('|').unwrap();
    let run = project.run(&["cleanup", "--yes", "--format", "json"]).expect_code(0);
    assert_eq!(run.json()["rows"].to_string(), expired);
    assert_eq!(file.query(counts), format!("0|{kept}"));
}

#[test]
fn a_sqlite_table_without_row_numbers_is_cleaned_up_too() {
    let (file, project) = given_sqlite(&[("codes", "used", "they were used")]);
    file.execute(
        "CREATE TABLE codes (person int, code text, used int, PRIMARY KEY (person, code)) WITHOUT ROWID;
         WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
         INSERT INTO codes SELECT i, 'c' || i, i > 100 FROM n;",
    );
    let run = project.run(&["cleanup", "--yes", "--format", "json"]).expect_code(0);
    assert_eq!(run.json()["rows"], 2400);
    assert_eq!(file.query("SELECT count(*) FROM codes"), "100");
}

#[test]
fn rows_that_depend_on_them_go_as_their_foreign_keys_say() {
    let (file, project) = given_sqlite(&[EXPIRED]);
    file.execute(
        "CREATE TABLE devices (session integer REFERENCES sessions ON DELETE CASCADE);
         CREATE TABLE notes (session integer REFERENCES sessions ON DELETE SET NULL);
         INSERT INTO devices VALUES (1), (2), (3); INSERT INTO notes VALUES (1), (2);",
    );
    let run = project.run(&["cleanup", "--yes", "--format", "json"]).expect_code(0);
    assert_eq!(run.json()["rows"], 2, "those of the table itself are counted: {run}");
    assert_eq!(file.query("SELECT session FROM devices"), "1");
    assert_eq!(file.query("SELECT count(*), count(session) FROM notes"), "2|1");
}
