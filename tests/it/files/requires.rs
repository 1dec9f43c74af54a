//! `-- turnback:requires`: objects that must be there when the script's turn comes.

use super::both;
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Cluster, Database, Project};

fn given(requires: &str) -> (Database, Project) {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    let script = format!("-- turnback:requires {requires}\nCREATE TABLE a (b int);\n");
    project.migration(1, "base", &script, "DROP TABLE a;");
    (database, project)
}

/// One object of each kind, and what makes it.
const OBJECTS: [(&str, &str); 9] = [
    ("table shop.t", "CREATE SCHEMA shop; CREATE TABLE shop.t (c int)"),
    ("view v", "CREATE VIEW v AS SELECT 1 AS one"),
    ("column \"Big\".c", "CREATE TABLE \"Big\" (c int)"),
    ("index i", "CREATE TABLE x (c int); CREATE INDEX i ON x (c)"),
    ("function f", "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'"),
    ("type mood", "CREATE TYPE mood AS ENUM ('good')"),
    ("schema other", "CREATE SCHEMA other"),
    ("extension plpgsql_not", ""),
    ("role turnback_nobody", ""),
];

#[test]
fn every_kind_of_object_is_required_until_it_exists() {
    for (object, makes) in OBJECTS {
        let (database, project) = given(object);
        let (text, json) = both(&project, &["migrate"]);
        let text = text.expect_code(1);
        let headline = format!(
            "error: V1__base failed: {object} does not exist, and the script requires it\n"
        );
        assert!(text.stderr.starts_with(&headline), "{text}");
        assert!(text.stderr.contains("  --> migrations/V1__base.sql:1:22\n"), "{text}");
        assert!(
            text.stderr.contains(&format!("  next: create {object}, or run the set")),
            "{text}"
        );
        let error = json.expect_code(1).json()["error"].clone();
        assert_eq!((&error["kind"], &error["line"]), (&"precondition".into(), &1.into()));
        assert_eq!(database.psql("SELECT to_regclass('a')"), "");
        if !makes.is_empty() {
            database.psql(makes);
            project.run(&["migrate"]).expect_code(0);
            assert_eq!(database.psql("SELECT to_regclass('a')"), "a");
        }
    }
}

#[test]
fn an_extension_and_a_role_that_exist_satisfy() {
    let (database, project) = given("extension plpgsql, role postgres");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(database.psql("SELECT to_regclass('a')"), "a");
}

#[test]
fn an_object_of_another_kind_does_not_satisfy() {
    for (object, makes) in [
        ("table v", "CREATE VIEW v AS SELECT 1 AS one"),
        ("view t", "CREATE TABLE t (c int)"),
        ("index t", "CREATE TABLE t (c int)"),
        ("column t.d", "CREATE TABLE t (c int)"),
        ("function t", "CREATE TABLE t (c int)"),
        ("table t", "CREATE SCHEMA hidden; CREATE TABLE hidden.t (c int)"),
    ] {
        let (database, project) = given(object);
        database.psql(makes);
        let run = project.run(&["migrate"]).expect_code(1);
        assert!(run.stderr.contains(&format!("{object} does not exist")), "{run}");
    }
}

#[test]
fn the_second_of_several_is_pointed_at() {
    let (database, project) = given("table t, column t.c, view missing");
    database.psql("CREATE TABLE t (c int)");
    assert_run_snapshot!(project.run(&["migrate"]), @"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: V1__base failed: view missing does not exist, and the script requires it
      --> migrations/V1__base.sql:1:43
       1 | -- turnback:requires table t, column t.c, view missing
         |                                           ^
      note: nothing of V1__base was run
      next: create view missing, or run the set that does
    ");
}

#[test]
fn an_optional_object_is_reported_and_stops_nobody() {
    let (database, project) = given("extension \"uuid-ossp\"?, table t?");
    database.psql("CREATE TABLE t (c int)");
    let plan = project.run(&["plan", "--format", "json"]).expect_code(0).json();
    let requires = &plan["migrations"][0]["requires"];
    assert_eq!(requires[0]["object"], "extension \"uuid-ossp\"");
    assert_eq!((&requires[0]["optional"], &requires[0]["present"]), (&true.into(), &false.into()));
    assert_eq!((&requires[1]["optional"], &requires[1]["present"]), (&true.into(), &true.into()));
    let run = project.run(&["migrate"]).expect_code(0);
    let said = "note: V1__base: extension \"uuid-ossp\" does not exist; it is optional\n";
    assert!(run.stderr.contains(said), "{run}");
    assert_eq!(run.stderr.matches("is optional").count(), 1, "{run}");
    assert_eq!(database.psql("SELECT to_regclass('a')"), "a");
}

#[test]
fn an_earlier_step_of_the_same_run_may_make_it() {
    let (database, project) = given("table c");
    let script = project.read("migrations/V1__base.sql");
    project.migration(0, "before", "CREATE TABLE c (d int);", "DROP TABLE c;");
    assert_eq!(project.read("migrations/V1__base.sql"), script);
    let plan = project.run(&["plan"]).expect_code(0);
    assert!(plan.stdout.contains("requires table c, which does not exist now"), "{plan}");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(database.psql("SELECT to_regclass('a')"), "a");
}

#[test]
fn an_earlier_step_stands_when_a_later_one_misses_something() {
    let (database, project) = given("table missing");
    project.migration(0, "before", "CREATE TABLE c (d int);", "DROP TABLE c;");
    let run = project.run(&["migrate"]).expect_code(1);
    assert!(run.stderr.contains("note: applied and standing: V0__before"), "{run}");
    assert_eq!(database.psql("SELECT to_regclass('c'), to_regclass('a')"), "c|");
}

#[test]
fn a_rollback_may_require_as_well() {
    let (database, project) = given("schema public");
    let rollback = "-- turnback:requires table archive\nDROP TABLE a;";
    project.write("rollbacks/V1__base.sql", rollback);
    project.run(&["migrate"]).expect_code(0);
    let run = project.run(&["rollback", "--force"]).expect_code(1);
    let said = "V1__base could not be rolled back: table archive does not exist";
    assert!(run.stderr.contains(said), "{run}");
    assert!(run.stderr.contains("  --> rollbacks/V1__base.sql:1:22\n"), "{run}");
    assert_eq!(database.psql("SELECT to_regclass('a')"), "a");
    database.psql("CREATE TABLE archive (b int)");
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(database.psql("SELECT to_regclass('a')"), "");
}

#[test]
fn sqlite_has_some_kinds_and_lacks_the_others() {
    let project = Project::new().url("sqlite:app.db");
    let made = "CREATE TABLE t (c int); CREATE VIEW v AS SELECT 1 AS one; CREATE INDEX i ON t (c);";
    project.migration(1, "base", made, "-- nothing");
    let all = "-- turnback:requires table t, view v, index i, column t.c, function abs\nSELECT 1;";
    project.migration(2, "next", all, "-- nothing");
    project.run(&["migrate"]).expect_code(0);
    for object in ["schema main", "extension json", "role me", "type text", "table v"] {
        let script = format!("-- turnback:requires {object}\nSELECT 1;");
        project.migration(3, "more", &script, "-- nothing");
        let run = project.run(&["migrate"]).expect_code(1);
        assert!(run.stderr.contains(&format!("{object} does not exist")), "{run}");
    }
}

#[test]
fn what_only_a_recorded_rollback_requires_is_not_called_missing() {
    let (database, project) = given("table t");
    database.psql("CREATE TABLE t (c int)");
    let rollback = "-- turnback:requires table t\nDROP TABLE a;";
    project.write("rollbacks/V1__base.sql", rollback);
    project.migration(2, "next", "CREATE TABLE b (c int);", "DROP TABLE b;");
    project.run(&["migrate"]).expect_code(0);
    project.remove("migrations/V1__base.sql").remove("rollbacks/V1__base.sql");
    let (text, json) = both(&project, &["rollback", "--all", "--dry-run"]);
    assert!(!text.expect_code(0).stdout.contains("does not exist"));
    let requires = &json.json()["migrations"][1]["requires"][0];
    assert_eq!((&requires["object"], &requires["present"]), (&"table t".into(), &().into()));
    project.run(&["rollback", "--all", "--force"]).expect_code(0);
    assert_eq!(database.psql("SELECT to_regclass('a')"), "");
}
