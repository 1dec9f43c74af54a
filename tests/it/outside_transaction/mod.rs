//! Scripts outside a transaction: each statement is recorded, and a rerun continues behind the last
//! one that finished.

mod cuts;
mod indexes;
mod kills;
mod rollbacks;
mod sessions;

use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Cluster, Either, Project, Run};

/// Five statements; the third is the caller's.
fn five(third: &str) -> String {
    format!(
        "-- turnback:transaction off\n\
         CREATE TABLE log (what text);\n\
         INSERT INTO log VALUES ('two');\n\
         {third};\n\
         CREATE INDEX log_what ON log (what);\n\
         INSERT INTO log VALUES ('five');\n"
    )
}

const THIRD: &str = "INSERT INTO log VALUES ('three')";
const BROKEN: &str = "INSERT INTO lgo VALUES ('three')";

/// The one migration of a project, as `status` shows it.
fn status(project: &Project) -> serde_json::Value {
    project.run(&["status", "--format", "json"]).expect_code(0).json()["migrations"][0].clone()
}

fn migrate(project: &Project) -> Run {
    project.run(&["migrate"])
}

/// What the script logged, in order.
fn logged(database: &Either) -> String {
    database.query("SELECT what FROM log").replace('\n', " ")
}

#[test]
fn a_mended_script_continues_behind_the_statements_that_finished() {
    for database in Either::both() {
        let project = database.project();
        project.migration(1, "five", &five(BROKEN), "DROP TABLE log;");
        let error =
            project.run(&["migrate", "--format", "json"]).expect_code(1).json()["error"].clone();
        assert_eq!(error["kind"], "sql");
        // SQLite says only which statement it was.
        let (code, column) = match database {
            Either::Postgres(_) => ("42P01", 13),
            Either::Sqlite(_) => ("SQLITE_ERROR", 1),
        };
        assert_eq!(error["sqlstate"], code);
        assert_eq!((&error["line"], &error["column"]), (&4.into(), &column.into()), "{error}");

        assert_eq!(logged(&database), "two");
        let progress = database.ledger("statement_progress");
        assert_eq!(
            database.query(&format!("SELECT version, statement, state FROM {progress}")),
            "1|1|finished"
        );
        let row = status(&project);
        assert_eq!((&row["state"], &row["finished_statements"]), (&"failed".into(), &2.into()));
        assert!(row["failure"].as_str().unwrap().contains("lgo"), "{row}");

        project.migration(1, "five", &five(THIRD), "DROP TABLE log;");
        migrate(&project).expect_code(0);
        assert_eq!(logged(&database), "two three five");
        assert_eq!(status(&project)["state"], "applied");
        assert_eq!(database.query(&format!("SELECT count(*) FROM {progress}")), "0");
        project.run(&["rollback", "--force"]).expect_code(0);
        assert_eq!(status(&project)["state"], "pending");
    }
}

#[test]
fn a_failure_says_where_and_what_stands() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    project.migration(1, "five", &five(BROKEN), "DROP TABLE log;");
    assert_run_snapshot!(migrate(&project));
    assert_run_snapshot!(project.run(&["status"]));
    assert_run_snapshot!(project.run(&["plan"]));
}

#[test]
fn an_edit_of_a_finished_statement_is_refused_with_a_diff() {
    for database in Either::both() {
        let project = database.project();
        project.migration(1, "five", &five(BROKEN), "DROP TABLE log;");
        migrate(&project).expect_code(1);
        let edited = five(THIRD).replace("'two'", "'zwei'");
        project.migration(1, "five", &edited, "DROP TABLE log;");
        let run = migrate(&project).expect_code(4);
        if matches!(database, Either::Postgres(_)) {
            assert_run_snapshot!(run);
        }
        assert!(run.stderr.contains("-INSERT INTO log VALUES ('two');"), "{run}");
        assert!(run.stderr.contains("+INSERT INTO log VALUES ('zwei');"), "{run}");
        assert_eq!(logged(&database), "two");
    }
}

#[test]
fn a_finished_statement_that_is_gone_is_refused() {
    let [database, _] = Either::both();
    let project = database.project();
    project.migration(1, "five", &five(BROKEN), "DROP TABLE log;");
    migrate(&project).expect_code(1);
    for without in [
        "-- turnback:transaction off\nCREATE TABLE log (what text);\n".to_owned(),
        five(THIRD).replace("-- turnback:transaction off\n", ""),
    ] {
        project.migration(1, "five", &without, "DROP TABLE log;");
        migrate(&project).expect_code(4);
    }
    assert_eq!(logged(&database), "two");
}

#[test]
fn comments_and_blank_lines_between_finished_statements_may_change() {
    let [database, _] = Either::both();
    let project = database.project();
    project.migration(1, "five", &five(BROKEN), "DROP TABLE log;");
    migrate(&project).expect_code(1);
    let two = "INSERT INTO log VALUES ('two')";
    let commented = five(THIRD).replace(two, &format!("\n-- the second\n{two}"));
    project.migration(1, "five", &commented, "DROP TABLE log;");
    migrate(&project).expect_code(0);
    assert_eq!(logged(&database), "two three five");
}
