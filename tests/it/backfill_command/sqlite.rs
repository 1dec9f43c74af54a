//! The same where only one can write.

use serde_json::json;

use super::{FILL, listed, told};
use crate::support::{PATIENCE, Project, SqliteFile, poll};

const ROWS: u64 = 20_000;

fn given() -> (SqliteFile, Project) {
    let file = SqliteFile::new();
    let project = Project::new().url(&file.url());
    // Each row takes its time.
    let slow = "CREATE TABLE t (id integer PRIMARY KEY, a text, b text);
        CREATE TRIGGER slow BEFORE UPDATE ON t BEGIN
            SELECT count(*) FROM (WITH RECURSIVE n (i) AS
                (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT i FROM n);
        END;";
    project.migration(1, "table", slow, "DROP TABLE t;");
    project.run(&["migrate"]).expect_code(0);
    file.execute(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
         INSERT INTO t SELECT i, 'row ' || i, NULL FROM n"
    ));
    project.migration(2, "fill", FILL, "SELECT 1;");
    (file, project)
}

fn filled(file: &SqliteFile) -> u64 {
    file.query("SELECT count(*) FROM t WHERE b IS NOT NULL").parse().expect("it is a number")
}

#[test]
fn it_is_paused_and_goes_on_and_is_given_up() {
    let (file, project) = given();
    let running = project.command(&["migrate"]).spawn();
    poll(PATIENCE, || (filled(&file) > 0).then_some(())).expect("it works");
    project.run(&["backfill", "pause"]).expect_code(0);
    let run = running.wait().expect_code(1);
    assert!(run.stderr.contains("the backfill of t was paused"), "{run}");
    let stands = filled(&file);
    assert!((1..ROWS).contains(&stands), "{stands}");
    let it = &told(&project, &["backfill", "status"])["backfills"][0];
    assert_eq!((&it["state"], &it["rows"]), (&json!("paused"), &json!(stands)));
    let run = project.run(&["backfill", "run", "--batch-ms", "100"]).expect_code(0);
    assert!(run.stdout.contains("V2__fill: backfill of t, 20,000 rows in "), "{run}");
    assert_eq!(filled(&file), ROWS);
    assert_eq!(listed(&project)[0]["settings"]["batch_ms"], 100);
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(listed(&project)[0]["state"], "done");
}

#[test]
fn another_runner_is_waited_for() {
    let (file, project) = given();
    let running = project.command(&["migrate"]).spawn();
    poll(PATIENCE, || (filled(&file) > 0).then_some(())).expect("it works");
    let run = project.run(&["backfill", "run", "--runner-wait", "0s"]).expect_code(5);
    assert!(run.stderr.contains("another runner holds the lock"), "{run}");
    let run = project.run(&["backfill", "run"]).expect_code(0);
    assert!(run.stdout.contains("V2__fill: t: nothing is left to fill"), "{run}");
    running.wait().expect_code(0);
    assert_eq!(filled(&file), ROWS);
}
