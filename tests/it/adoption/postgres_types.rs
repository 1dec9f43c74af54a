//! Types of columns, as a script writes them and as the server knows them.

use crate::support::{Cluster, Database, Project, Run};

/// The types a user may write, each with a spelling of the same type in the existing table.
const SAME: &[(&str, &str)] = &[
    ("varchar(255)", "character varying(255)"),
    ("character varying", "varchar"),
    ("timestamptz", "timestamp with time zone"),
    ("timestamp(3)", "timestamp(3) without time zone"),
    ("timestamptz(3)", "timestamp (3) with time zone"),
    ("time", "time without time zone"),
    ("numeric(10,2)", "decimal(10, 2)"),
    ("numeric(10, 2)", "numeric(10,2)"),
    ("numeric(10)", "numeric(10,0)"),
    ("numeric", "decimal"),
    ("int", "int4"),
    ("INTEGER", "int"),
    ("bigint", "int8"),
    ("bool", "boolean"),
    ("float8", "double precision"),
    ("double precision", "float"),
    ("char", "character(1)"),
    ("char(3)", "bpchar(3)"),
    ("bit", "bit(1)"),
    ("bit varying(5)", "varbit(5)"),
    ("text[]", "text[]"),
    ("text []", "_text"),
    ("int[][]", "integer[]"),
    ("varchar(20)[]", "character varying(20)[]"),
    ("interval", "interval"),
    ("email", "email"),
    ("other.colour", "other.colour"),
    (r#""Odd Type""#, r#""Odd Type""#),
    ("pg_catalog.text", "text"),
    ("uuid", "uuid"),
    ("jsonb", "jsonb"),
    ("serial", "int"),
    ("BIGSERIAL", "bigint"),
    ("float(24)", "real"),
    ("float(25)", "float8"),
    ("numeric(10)[]", "numeric(10,0)[]"),
    ("char[]", "character(1)[]"),
];

/// A type in the list, the column's type, and how the server names the latter.
const DIFFERENT: &[(&str, &str, &str)] = &[
    ("varchar(255)", "varchar(100)", "character varying(100)"),
    ("varchar(255)", "varchar", "character varying"),
    ("varchar", "varchar(5)", "character varying(5)"),
    ("varchar(255)", "text", "text"),
    ("bigint", "int", "integer"),
    ("timestamptz", "timestamp", "timestamp without time zone"),
    ("timestamptz(3)", "timestamptz", "timestamp with time zone"),
    ("numeric(10,2)", "numeric(10,3)", "numeric(10,3)"),
    ("numeric(10)", "numeric(10,2)", "numeric(10,2)"),
    ("char", "char(3)", "character(3)"),
    ("text[]", "text", "text"),
    ("text", "text[]", "text[]"),
    ("email", "text", "text"),
    ("text", "email", "email"),
    ("nowhere.colour", "other.colour", "other.colour"),
    ("colour", "other.colour", "other.colour"),
    ("no_such_type", "text", "text"),
    // No server has it, and some fail when asked for it.
    ("text(3)", "text", "text"),
    ("serial", "bigint", "bigint"),
    (r#""serial""#, "int", "integer"),
    (r#""Odd (Type)""#, "text", "text"),
];

const TYPES: &str = r#"
    CREATE SCHEMA other;
    CREATE DOMAIN email AS text;
    CREATE TYPE other.colour AS ENUM ('red', 'blue');
    CREATE DOMAIN "Odd Type" AS int;
"#;

/// A migration that would adopt a table with columns `c0`, `c1`, … of the wanted types.
fn migrate<'a>(types: impl Iterator<Item = (&'a str, &'a str)>) -> (Database, Run) {
    let (wanted, actual): (Vec<String>, Vec<String>) = types
        .enumerate()
        .map(|(index, (wanted, actual))| {
            (format!("c{index} {wanted}"), format!("c{index} {actual}"))
        })
        .unzip();
    let database = Cluster::shared().database();
    database.psql(TYPES);
    database.psql(&format!("CREATE TABLE t ({})", actual.join(", ")));
    let project = Project::for_database(&database);
    let head = format!("-- turnback:adopt-if table t({})\nCREATE TABLE t ();", wanted.join(", "));
    project.migration(1, "base", &head, "DROP TABLE t;");
    let run = project.run(&["migrate", "--format", "json"]);
    (database, run)
}

#[test]
fn every_spelling_of_a_type_is_that_type() {
    let (_database, run) = migrate(SAME.iter().copied());
    let run = run.expect_code(0);
    assert_eq!(run.json()["migrations"][0]["state"], "adopted");
}

#[test]
fn another_type_is_named_as_the_server_names_it() {
    let (database, run) = migrate(DIFFERENT.iter().map(|(wanted, actual, _)| (*wanted, *actual)));
    let message = run.expect_code(1).json()["error"]["message"].as_str().unwrap().to_owned();
    let faults: Vec<&str> = message.split_once("adopt table t: ").unwrap().1.split("; ").collect();
    let expected: Vec<String> = (0..)
        .zip(DIFFERENT)
        .map(|(index, (wanted, _, shown))| {
            format!("column c{index} is {shown}, needed is {wanted}")
        })
        .collect();
    assert_eq!(faults, expected);
    assert_eq!(database.psql("SELECT to_regnamespace('turnback')"), "");
}

#[test]
fn what_is_no_type_is_an_error_at_its_place() {
    for wanted in ["text not null", "text default 'x'", "3", "a b c", "varchar(", "''", "a.b.c"] {
        let (database, run) = migrate([(wanted, "text")].into_iter());
        let error = &run.expect_code(2).json()["error"];
        assert_eq!(error["kind"], "invalid_set", "{wanted}: {error}");
        assert_eq!(error["line"], 1, "{wanted}: {error}");
        assert_eq!(database.psql("SELECT to_regnamespace('turnback')"), "");
    }
}
