//! What a backfill would come to.

use serde_json::Value;

use super::{FILL, ROWS, given, told};
use crate::support::{Database, Project, SqliteFile};

fn estimate(project: &Project) -> Value {
    let told = told(project, &["plan", "--estimate"]);
    told["migrations"][0]["statements"][0]["estimate"].clone()
}

fn rows(project: &Project) -> u64 {
    estimate(project)["rows"].as_u64().expect("it is a number")
}

fn state(database: &Database) -> String {
    database.psql("SELECT count(*), count(b), max(xmax::text::int8) = 0 FROM t") + &database.dump()
}

#[test]
fn rows_are_told_from_a_sample_that_is_rolled_back() {
    let (database, project) = given();
    let before = database.dump();
    assert!(rows(&project).abs_diff(ROWS) < 50);
    assert_eq!(database.dump(), before);
    let run = project.run(&["plan", "--estimate"]).expect_code(0);
    assert!(run.stdout.contains("backfill, in batches: about 6,0"), "{run}");
    database.psql("UPDATE t SET b = '' WHERE id % 4 <> 0");
    database.psql("VACUUM FULL ANALYZE t");
    let about = rows(&project);
    assert!(about.abs_diff(ROWS / 4) < ROWS / 20, "{about}");
    database.psql("UPDATE t SET b = ''");
    assert_eq!(rows(&project), 0);
    database.psql("DELETE FROM t");
    database.psql("VACUUM t");
    assert_eq!(rows(&project), 0);
}

#[test]
fn nothing_is_tried_unasked() {
    let (database, project) = given();
    let before = state(&database);
    let told = told(&project, &["plan"]);
    assert_eq!(told["migrations"][0]["statements"][0].get("estimate"), None);
    assert_eq!(state(&database), before);
}

#[test]
fn what_an_earlier_step_makes_is_not_known_yet() {
    let (_database, project) = given();
    let columns = "-- turnback:backfill t\nUPDATE t SET c = '' WHERE c IS NULL;";
    for script in
        [columns.to_owned(), columns.replace(" t\n", " later\n").replace(" t ", " later ")]
    {
        project.write("migrations/V2__fill.sql", script);
        let run = project.run(&["plan", "--estimate"]).expect_code(0);
        assert!(run.stdout.contains("in batches: how many rows is not known yet"), "{run}");
        assert_eq!(estimate(&project)["reason"], "how many rows is not known yet");
    }
}

#[test]
fn what_will_be_refused_is_told_before() {
    let (_database, project) = given();
    project.write("migrations/V2__fill.sql", FILL.replace("b IS NULL", "a IS NOT NULL"));
    let run = project.run(&["plan", "--estimate"]).expect_code(0);
    assert!(run.stdout.contains("in batches: it will be refused: "), "{run}");
}

#[test]
fn sqlite_is_sampled_by_its_rows() {
    let file = SqliteFile::new();
    let project = Project::new().url(&file.url());
    let table = "CREATE TABLE t (id integer PRIMARY KEY, a text, b text);";
    project.migration(1, "table", table, "DROP TABLE t;");
    project.run(&["migrate"]).expect_code(0);
    file.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
         INSERT INTO t SELECT i, 'x', CASE WHEN i % 4 = 0 THEN NULL ELSE 'y' END FROM n",
    );
    project.migration(2, "fill", FILL, "SELECT 1;");
    let about = rows(&project);
    assert!(about.abs_diff(5_000) < 200, "{about}");
}
