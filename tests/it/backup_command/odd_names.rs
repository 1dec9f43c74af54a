//! Names that only quotes make.

use super::told;
use crate::support::{Cluster, Project};

#[test]
fn names_full_of_quotes_and_commas() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    project.migration(
        1,
        "odd",
        r#"CREATE SCHEMA "Odd.One";
           CREATE TABLE "Odd.One"."it's ""it""" ("a, ""b""" int PRIMARY KEY, "É'; --" text, "C" int);"#,
        "SELECT 1;",
    );
    project.run(&["migrate"]).expect_code(0);
    let table = r#""Odd.One"."it's ""it""""#;
    database.psql(&format!("INSERT INTO {table} VALUES (1, 'X', 1), (2, 'Y', 2)"));
    let update = format!(r#"UPDATE {table} SET "É'; --" = lower("É'; --"), "C" = 0;"#);
    project.migration(2, "lower", &update, "SELECT 1;");
    project.run(&["migrate"]).expect_code(0);
    database.psql(&format!("UPDATE {table} SET \"C\" = 7 WHERE \"C\" = 0 AND \"É'; --\" = 'y'"));
    let args = ["backup", "restore", "1", "--columns", r#""É'; --", C"#, "--where"];
    let args = [&args[..], &[r#""a, ""b""" > 0"#, "--overwrite", "--force"]].concat();
    let done = told(&project, &args);
    assert_eq!((&done["restored_rows"], &done["overwritten_rows"]), (&1.into(), &1.into()));
    assert_eq!(database.psql(&format!("SELECT * FROM {table} ORDER BY 1")), "1|X|1\n2|Y|2");
    told(&project, &["backup", "restore", "2", "--force"]);
    assert_eq!(database.psql(&format!("SELECT * FROM {table} ORDER BY 1")), "1|X|1\n2|y|7");
}

#[test]
fn names_as_long_as_they_can_be() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    let name = "n".repeat(63);
    let create = format!("CREATE TABLE {name} (id int PRIMARY KEY, {name} text);");
    project.migration(1, "long", &create, "SELECT 1;");
    project.run(&["migrate"]).expect_code(0);
    database.psql(&format!("INSERT INTO {name} VALUES (1, 'X'), (2, 'Y')"));
    let update = format!("UPDATE {name} SET {name} = lower({name});");
    project.migration(2, "lower", &update, "SELECT 1;");
    project.run(&["migrate"]).expect_code(0);
    database.psql(&format!("UPDATE {name} SET {name} = 'new' WHERE id = 2"));
    told(&project, &["backup", "restore", "1", "--force"]);
    told(&project, &["backup", "restore", "1", "--overwrite", "--force"]);
    assert_eq!(database.psql(&format!("SELECT * FROM {name} ORDER BY 1")), "1|X\n2|Y");
}
