//! Tables of every kind, and keys of every kind.

use super::{goes_and_comes_back, project, recorded, table};

const UPDATE: &str = "UPDATE t SET v = 'new ' || n WHERE v IS NULL OR v = 'old'";
const DELETE: &str = "DELETE FROM t WHERE n % 3 = 0";

/// Some are NULL, some 'old', some are not touched.
const OLD: &str = "CASE i % 3 WHEN 0 THEN 'old' WHEN 1 THEN NULL ELSE 'kept' END";

#[track_caller]
fn both_ways(columns: &str, key: &str, rows: usize) {
    let made = table(columns, &format!("{key}, i, {OLD}"), rows);
    for (statement, changed) in [(UPDATE, rows / 3 + rows.div_ceil(3)), (DELETE, rows / 3)] {
        let (file, _) = goes_and_comes_back(&made, statement);
        let first = recorded(&file).first().cloned();
        assert_eq!(first, Some(format!("done|0|{changed}")), "{columns}: {statement}");
    }
}

#[test]
fn rows_by_their_number() {
    both_ways("(id integer PRIMARY KEY, n, v)", "i", 3_000);
    both_ways("(id integer PRIMARY KEY, n, v)", "(i - 1000) * 1000003", 2_000);
    both_ways("(id text NOT NULL PRIMARY KEY, n, v)", "'k' || i", 2_000);
    both_ways("(id integer PRIMARY KEY, n, v)", "9223372036854775807 - i * 10000000000000", 400);
}

#[test]
fn columns_that_are_called_as_a_rows_number_is() {
    both_ways("(rowid text NOT NULL UNIQUE, n, v)", "'k' || i", 800);
    both_ways("(_rowid_ text NOT NULL UNIQUE, n, v)", "'k' || i", 300);
    both_ways("(oid integer PRIMARY KEY, n, v)", "i", 300);
}

#[test]
fn keys_of_tables_without_row_numbers() {
    for (kind, key) in [
        ("integer", "i * 7 - 1000"),
        ("integer", "9007199254740993 + i"),
        ("text", "'k''' || i"),
        ("text", "'k' || char(0) || i"),
        ("text", "CAST(x'ff' || CAST(i AS text) AS text)"),
        ("text COLLATE NOCASE", "char(65 + i % 26 + 32 * (i % 2)) || i"),
        ("blob", "CAST(i AS blob) || x'00'"),
        ("blob", "x'00' || i"),
        ("real", "i / 7.0"),
        ("real", "(i - 500) * 1e300 * 1.0000000000000002"),
        (
            "any",
            "CASE i % 4 WHEN 0 THEN i WHEN 1 THEN 'x' || i WHEN 2 THEN CAST(i AS blob) ELSE i + 0.1 END",
        ),
    ] {
        both_ways(&format!("(k {kind} PRIMARY KEY, n, v) WITHOUT ROWID"), key, 1_000);
    }
}

#[test]
fn keys_of_several_columns() {
    let columns = "(a text, b integer, c real, n, v, PRIMARY KEY (a, b DESC, c)) WITHOUT ROWID";
    both_ways(columns, "'a' || i % 5, i % 50 - 25, i / 3.0", 1_500);
    let columns = "(a blob, b text, n, v, PRIMARY KEY (b, a)) WITHOUT ROWID";
    both_ways(columns, "CAST(i % 30 AS blob), 'x' || char(0) || (i / 30)", 1_000);
}

#[test]
fn no_row_and_one_row() {
    both_ways("(id integer PRIMARY KEY, n, v)", "i", 0);
    both_ways("(id integer PRIMARY KEY, n, v)", "i", 1);
    both_ways("(k text PRIMARY KEY, n, v) WITHOUT ROWID", "i", 0);
    both_ways("(k text PRIMARY KEY, n, v) WITHOUT ROWID", "i", 1);
}

#[test]
fn values_come_back_to_the_last_bit() {
    let values = "i, CASE i % 6 WHEN 0 THEN 9007199254740993 + i WHEN 1 THEN i / 3.0 \
                  WHEN 2 THEN CAST(i AS blob) || x'0000' WHEN 3 THEN 'a' || char(0) || i \
                  WHEN 4 THEN -1e-310 * i ELSE 9e999 END";
    let made = table("(id integer PRIMARY KEY, v)", values, 1_000);
    goes_and_comes_back(&made, "UPDATE t SET v = NULL WHERE v IS NOT NULL");
}

#[test]
fn other_tables_and_queries_with_names() {
    let made = table("(id integer PRIMARY KEY, n, v)", "i, i % 100, NULL", 1_000)
        + "CREATE TABLE names (n integer, name text, more integer);
           INSERT INTO names WITH RECURSIVE i(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i WHERE x < 60)
           SELECT x, 'name ' || x, x % 3 FROM i;
           CREATE TABLE more (id integer, what text);
           INSERT INTO more VALUES (0, 'none'), (1, 'one');";
    for statement in [
        "UPDATE t SET v = names.name FROM names WHERE names.n = t.n AND v IS NULL",
        "UPDATE t AS x SET v = m.name || coalesce(o.what, '') \
         FROM names AS m LEFT JOIN more AS o ON o.id = m.more -- none may be\n \
         WHERE m.n = x.n AND x.v IS NULL",
        "UPDATE t SET v = coalesce(m.name, 'none') FROM names AS m RIGHT JOIN more AS o \
         ON o.id = m.more AND m.n > 50 WHERE (m.n IS NULL OR m.n = t.n) AND t.v IS NULL",
        "WITH some AS (SELECT n, name FROM names WHERE n < 30) \
         UPDATE t SET v = (SELECT name FROM some WHERE some.n = t.n) \
         WHERE v IS NULL AND n IN (SELECT n FROM some)",
        "DELETE FROM t AS x WHERE EXISTS (SELECT 1 FROM names WHERE names.n = x.n)",
    ] {
        let (file, _) = goes_and_comes_back(&made, statement);
        assert!(recorded(&file)[0].starts_with("done|0|"), "{statement}");
    }
}

#[test]
fn without_a_backup_a_table_needs_no_key() {
    let made = table("(n, v)", "i, NULL", 2_000);
    let (file, project) = project(&made, "UPDATE t SET v = n WHERE v IS NULL");
    project.run(&["migrate", "--no-backup", "--force"]).expect_code(0);
    assert_eq!(recorded(&file), ["done|0|2000"]);
    assert_eq!(file.rows("SELECT count(*) FROM t WHERE v = n"), ["2000"]);
}
