//! A fingerprint of a table's rows: equal for equal rows, another one for any other rows.

use std::collections::BTreeMap;

use turnback::database::{DatabaseError, TableDigest};
use turnback::model::ObjectName;

use super::session;
use crate::support::{Cluster, Either, SqliteFile};

/// A digest of each of the tables that exist.
fn digests(place: &Either, tables: &[&str]) -> BTreeMap<String, TableDigest> {
    let names: Vec<ObjectName> = tables.iter().map(|name| ObjectName::bare(*name)).collect();
    let digests = session(place).data_digests(&names).expect("the tables can be read");
    digests.into_iter().map(|(name, digest)| (name.name, digest)).collect()
}

#[track_caller]
fn digest(place: &Either, table: &str) -> TableDigest {
    digests(place, &[table])[table]
}

const ROWS: &str = "CREATE TABLE t (id integer, a text, b text, n numeric);
    INSERT INTO t VALUES (1, 'x', 'y', 10), (2, 'z', '', 2.5), (3, NULL, 'NULL', NULL),
                         (4, 'x', 'y', 10), (4, 'x', 'y', 10);";

#[test]
fn the_order_of_rows_and_columns_makes_no_difference() {
    for place in Either::both() {
        place.query(ROWS);
        let before = digest(&place, "t");
        assert_eq!(before.rows, 5);
        place.query("UPDATE t SET id = id + 1; UPDATE t SET id = id - 1;");
        assert_eq!(digest(&place, "t"), before, "rows that moved");
        place.query(
            "CREATE TABLE other (n numeric, b text, id integer, a text);
             INSERT INTO other (id, a, b, n) SELECT id, a, b, n FROM t ORDER BY id DESC, n;
             ALTER TABLE t ADD COLUMN aa text; UPDATE t SET aa = a;
             ALTER TABLE t DROP COLUMN a; ALTER TABLE t RENAME COLUMN aa TO a;",
        );
        let after = digests(&place, &["t", "other", "nothing"]);
        assert_eq!(after["other"], before, "another order of both");
        assert_eq!(after["t"], before, "a column added again at the end");
        assert_eq!(after.len(), 2, "what does not exist has none: {after:?}");
        place.query("DELETE FROM t");
        assert_eq!(digest(&place, "t"), TableDigest { rows: 0, sums: [0, 0] });
        assert!(digests(&place, &[]).is_empty());
    }
}

#[test]
fn any_other_value_is_seen() {
    for change in [
        "UPDATE t SET a = 'X' WHERE id = 1",
        "UPDATE t SET a = 'x ' WHERE id = 1",
        "UPDATE t SET a = NULL WHERE id = 1",
        "UPDATE t SET b = NULL WHERE id = 2",
        "UPDATE t SET a = '' WHERE id = 3",
        "UPDATE t SET a = 'NULL', b = NULL WHERE id = 3",
        // Within a row, and from one row to another.
        "UPDATE t SET a = b, b = a WHERE id = 1",
        "UPDATE t SET a = CASE id WHEN 1 THEN 'z' ELSE 'x' END WHERE id IN (1, 2)",
        "UPDATE t SET n = CASE id WHEN 1 THEN 2.5 ELSE 10 END WHERE id IN (1, 2)",
        "UPDATE t SET a = 'x,', b = 'y' WHERE id = 1",
        "DELETE FROM t WHERE id = 4",
        "DELETE FROM t WHERE id = 3",
        "INSERT INTO t SELECT * FROM t",
    ] {
        for place in Either::both() {
            place.query(ROWS);
            let before = digest(&place, "t");
            place.query(change);
            assert_ne!(digest(&place, "t").sums, before.sums, "{change} on {}", place.url());
        }
    }
}

#[test]
fn a_column_that_becomes_another_is_seen() {
    for place in Either::both() {
        place.query("CREATE TABLE t (a text, b text); INSERT INTO t VALUES ('1', '2');");
        let before = digest(&place, "t");
        place.query("ALTER TABLE t ADD c text");
        assert_ne!(digest(&place, "t"), before, "a column more");
        place.query(
            "ALTER TABLE t DROP c;
             ALTER TABLE t RENAME a TO c; ALTER TABLE t RENAME b TO a; ALTER TABLE t RENAME c TO b;",
        );
        assert_ne!(digest(&place, "t"), before, "names swapped");
    }
}

#[test]
fn sqlite_values_are_told_apart_by_how_they_are_stored() {
    let values = ["1", "'1'", "1.0", "x'31'", "NULL", "''", "x''", "0", "-0.0", "'1.0'"];
    let place = Either::Sqlite(SqliteFile::with("CREATE TABLE t (a)"));
    let mut seen = Vec::new();
    for value in values {
        place.query(&format!("DELETE FROM t; INSERT INTO t VALUES ({value});"));
        let digest = digest(&place, "t");
        assert!(!seen.contains(&digest), "{value} looks like another");
        seen.push(digest);
    }
    place.query("VACUUM");
    assert_eq!(digest(&place, "t"), seen[seen.len() - 1]);
}

#[test]
fn sqlite_tables_of_every_kind_have_one() {
    let place = Either::Sqlite(SqliteFile::with(
        "CREATE TABLE \"odd \"\"name\" (\"a b\" INTEGER PRIMARY KEY, g AS (\"a b\" + 1) STORED);
         INSERT INTO \"odd \"\"name\" VALUES (1);
         CREATE TABLE keyed (k text PRIMARY KEY, v any) STRICT, WITHOUT ROWID;",
    ));
    place.query("INSERT INTO keyed VALUES ('a', 1)");
    place.query("CREATE VIEW v AS SELECT * FROM keyed");
    let all = digests(&place, &["odd \"name", "KEYED", "v"]);
    assert_eq!(all.values().map(|it| it.rows).collect::<Vec<_>>(), [1, 1]);
    let before = all["KEYED"];
    place.query("UPDATE keyed SET v = 2");
    assert_ne!(digest(&place, "keyed"), before);
}

/// Every kind of value whose type has no hash, whose equality is looser than identity, or whose
/// text depends on settings.
const TYPES: &str = "
    CREATE TYPE mood AS ENUM ('sad', 'happy');
    CREATE TYPE pair AS (l text, r text);
    CREATE TABLE v (j json, jb jsonb, x xml, p point, b bit varying, m money, i interval,
                    n numeric, f float8, d timestamptz, c char(3), u bpchar, r int4range,
                    e mood, a text[], q pair, by bytea, ts tsvector, t text COLLATE \"C\");
    INSERT INTO v VALUES ('{\"a\": 1}', '{\"a\": 1}', '<a/>', '(1,2)', '101', 1, '1 day', 1.0,
        0.1, '2026-01-01 00:00+00', 'ab', 'ab', '[1,3)', 'sad', '{a,NULL}', ('a', NULL), '\\x00',
        'a:1', 'é');";

#[test]
fn postgres_values_are_told_apart_where_their_types_own_equality_does_not() {
    let place = Either::Postgres(Cluster::shared().database());
    place.query(TYPES);
    let row = &TYPES[TYPES.find("INSERT").expect("it inserts one")..];
    let before = digest(&place, "v");
    for change in [
        "j = '{\"a\":1}'",
        "jb = '{\"a\": 1.0}'",
        "x = '<a></a>'",
        "p = '(2,1)'",
        "b = '1010'",
        "m = 2",
        "i = '24 hours'",
        "n = 1.00",
        "f = 0.10000000000000002",
        "d = '2026-01-01 00:00:00.000001+00'",
        "u = 'ab '",
        "r = '[1,4)'",
        "e = 'happy'",
        "a = '{a,\"NULL\"}'",
        "a = '[0:1]={a,NULL}'",
        "q = ('a', '')",
        "q = NULL",
        "by = '\\x'",
        "ts = 'a:2'",
        "t = 'e'",
    ] {
        place.query(&format!("DELETE FROM v; {row}"));
        assert_eq!(digest(&place, "v"), before);
        place.query(&format!("UPDATE v SET {change}"));
        assert_ne!(digest(&place, "v"), before, "{change}");
    }
}

#[test]
fn postgres_rows_keep_theirs_whatever_becomes_of_pages_and_object_ids() {
    let place = Either::Postgres(Cluster::shared().database());
    place.query(TYPES);
    place.query(
        "CREATE TABLE parts (id int, at date) PARTITION BY RANGE (at);
         CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
         CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
         INSERT INTO parts SELECT g, '2026-01-15'::date + g FROM generate_series(1, 30) AS g;
         CREATE TABLE parent (a int); CREATE TABLE child (b int) INHERITS (parent);
         INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2, 3);",
    );
    let all = |place: &Either| digests(place, &["v", "parts", "parent", "child"]);
    let before = all(&place);
    assert_eq!(before["parts"].rows, 30);
    assert_eq!(before["parent"].rows, 1, "a child's rows are its own");
    place.query(
        "VACUUM FULL v; VACUUM FULL parts; ALTER TABLE v ALTER e TYPE text;
                 DROP TYPE mood; CREATE TYPE mood AS ENUM ('happy', 'sad', 'new');
                 ALTER TABLE v ALTER e TYPE mood USING e::mood;
                 ALTER TABLE parts DETACH PARTITION parts_1;
                 CREATE TABLE parts_0 PARTITION OF parts
                     FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
                 INSERT INTO parts SELECT * FROM parts_1;",
    );
    assert_eq!(all(&place), before);
    let Either::Postgres(database) = &place else { unreachable!("it is one") };
    for setting in [
        "datestyle = 'German, DMY'",
        "intervalstyle = 'iso_8601'",
        "timezone = 'Asia/Kathmandu'",
        "bytea_output = 'escape'",
        "extra_float_digits = -10",
        "xmlbinary = 'hex'",
    ] {
        place.query(&format!("ALTER DATABASE {} SET {setting}", database.name()));
        assert_eq!(all(&place), before, "{setting}");
    }
    let restored = Cluster::shared().database();
    restored.psql(&database.dump());
    assert_eq!(all(&Either::Postgres(restored)), before, "a dump, restored");
}

#[test]
fn postgres_rows_that_a_policy_hides_are_an_error_and_views_have_none() {
    let place = Either::Postgres(Cluster::shared().database());
    let Either::Postgres(database) = &place else { unreachable!("it is one") };
    let role = format!("{}_reader", database.name());
    place.query(&format!(
        "CREATE TABLE t (a int); INSERT INTO t VALUES (1); CREATE VIEW w AS SELECT 1 AS a;
         ALTER TABLE t ENABLE ROW LEVEL SECURITY;
         CREATE ROLE {role}; GRANT SELECT ON t TO {role};"
    ));
    assert_eq!(digests(&place, &["t", "w"]).keys().collect::<Vec<_>>(), ["t"]);
    place.query(&format!("ALTER ROLE postgres IN DATABASE {} SET role TO {role}", database.name()));
    let mut reader = session(&place);
    let refused = reader.data_digests(&[ObjectName::bare("t")]);
    place.query(&format!(
        "SET ROLE NONE; ALTER ROLE postgres IN DATABASE {} RESET role; REVOKE ALL ON t FROM {role};
         DROP ROLE {role};",
        database.name()
    ));
    let Err(DatabaseError::Statement { message, .. }) = refused else { panic!("{refused:?}") };
    assert!(message.contains("row-level security"), "{message}");
    // The session is still of use.
    assert!(reader.data_digests(&[]).is_ok());
    assert_eq!(reader.data_digests(&[ObjectName::bare("nothing")]).unwrap().len(), 0);
}
