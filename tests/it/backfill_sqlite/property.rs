//! Whatever a table is like and whatever is done to it.

use proptest::prelude::*;
use proptest::sample::select;

use super::goes_and_comes_back;
use crate::support::SqliteFile;

/// Columns of a table `t` with a `k` or more as its key, a `n` and a `v`.
const TABLES: [&str; 9] = [
    "(k integer PRIMARY KEY, n, v)",
    "(n, k integer PRIMARY KEY AUTOINCREMENT, v text)",
    "(k text NOT NULL UNIQUE, n, v)",
    "(n, v, rowid integer, k NOT NULL PRIMARY KEY)",
    "(k text COLLATE NOCASE PRIMARY KEY, n, v) WITHOUT ROWID",
    "(k PRIMARY KEY, n numeric, v) WITHOUT ROWID",
    "(k real, n, v, l blob DEFAULT x'00', PRIMARY KEY (l, k)) WITHOUT ROWID",
    "(n, v, k any PRIMARY KEY) STRICT, WITHOUT ROWID",
    "(k integer, l integer NOT NULL DEFAULT 7, v, n, PRIMARY KEY (k DESC, l)) WITHOUT ROWID",
];

/// Keys, by the number `i` of a row; each takes the place of another one it is equal to.
const KEYS: [&str; 6] = [
    "i",
    "i * 1000003 % 7919 - 4000",
    "i * 4503599627370497 - 9007199254740992",
    "'k' || char(i % 3) || i",
    "CASE i % 3 WHEN 0 THEN i WHEN 1 THEN i / 7.0 ELSE CAST(i * 31 AS blob) || x'00' END",
    "char(60 + i % 60) || i",
];

const VALUES: [&str; 5] = [
    "NULL",
    "CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN 'old' ELSE i / 3.0 END",
    "CASE WHEN i % 50 < 25 THEN x'0001' ELSE NULL END",
    "CASE i % 2 WHEN 0 THEN 9007199254740993 + i ELSE 'a' || char(0) || i END",
    "printf('%.*c', i % 300, 'x')",
];

const STATEMENTS: [&str; 8] = [
    "UPDATE t SET v = 'new' WHERE v IS NOT 'new'",
    "UPDATE t SET v = 'done ' || n, n = NULL WHERE n IS NOT NULL",
    "UPDATE t AS x SET n = -1 - abs(n), v = n WHERE x.n >= 0 AND (x.v IS NULL OR x.n % 7 < 3)",
    "UPDATE t SET v = o.name FROM other AS o WHERE o.n = t.n % 40 AND t.v IS NOT o.name",
    "UPDATE t SET (n, v) = (SELECT o.n + 1000000, o.name FROM other AS o WHERE o.n = t.n % 40) WHERE n < 1000000",
    "DELETE FROM t WHERE v IS NULL",
    "DELETE FROM t WHERE n % 10 > 3",
    "WITH some AS (SELECT n FROM other WHERE name > 'name 2') DELETE FROM t WHERE n % 40 IN some",
];

fn made(columns: &str, key: &str, value: &str, rows: u32) -> String {
    format!(
        "CREATE TABLE t {columns};
         CREATE TABLE other (n integer PRIMARY KEY, name text);
         INSERT INTO other WITH RECURSIVE i(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM i WHERE x < 29)
         SELECT x, 'name ' || x FROM i;
         INSERT OR IGNORE INTO t (k, n, v)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         SELECT {key}, i, {value} FROM n;"
    )
}

proptest! {
    // The failing case is printed; nothing is written to files.
    #![proptest_config(ProptestConfig {
        cases: 60,
        failure_persistence: None,
        max_shrink_iters: 20,
        ..ProptestConfig::default()
    })]

    #[test]
    fn batches_make_what_one_statement_makes_and_come_back(
        columns in select(&TABLES[..]),
        key in select(&KEYS[..]),
        value in select(&VALUES[..]),
        statement in select(&STATEMENTS[..]),
        rows in 1..3_000_u32,
    ) {
        let made = made(columns, key, value, rows);
        // Some keys are none for some tables.
        if SqliteFile::new().try_execute(&made).is_ok() {
            goes_and_comes_back(&made, statement);
        }
    }
}
