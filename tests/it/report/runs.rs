//! What the report tells of runs on PostgreSQL.

use crate::support::{Cluster, Database, Project, Signal, wait_for_statement};

use super::{assert_within, number, read, reported, states, with_reports};

fn given(ground: &str) -> (Database, Project) {
    let database = Cluster::shared().database();
    database.psql(ground);
    let project = Project::for_database(&database);
    (database, project)
}

#[test]
fn a_good_run_is_told_statement_by_statement() {
    let (database, project) =
        given("CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 9000)");
    let up = "-- first of all\nALTER TABLE t ADD COLUMN b int;\n\
              SELECT pg_sleep(0.2);\nUPDATE t SET b = a;\n\
              CREATE TABLE other (a int REFERENCES others);\n-- no more";
    project.migration(
        1,
        "others",
        "CREATE TABLE others (a int PRIMARY KEY);",
        "DROP TABLE others;",
    );
    project.migration(2, "widen", up, "DROP TABLE other; ALTER TABLE t DROP COLUMN b;");
    let reported = reported(&project, &["migrate"]);
    reported.run.clone().expect_code(0);
    let json = &reported.json;
    assert_eq!((&json["outcome"], &json["command"]), (&"done".into(), &"migrate".into()));
    assert_eq!(json["database"], database.url());
    assert_eq!(json["role"], "postgres");
    assert_eq!(json["engine"], "postgresql");
    for key in ["host", "operator", "plan_hash", "server_version", "started_at"] {
        assert!(json[key].as_str().is_some_and(|it| !it.is_empty()), "{key} in {json:#}");
    }

    let step = &json["steps"][1];
    assert_eq!((&step["state"], &step["one_transaction"]), (&"applied".into(), &true.into()));
    assert_eq!(states(step), ["stands"; 4]);
    let statements = step["statements"].as_array().expect("it is a list");
    for statement in statements {
        assert_within(statement, step);
    }
    assert_eq!(statements[0]["sql"], "ALTER TABLE t ADD COLUMN b int");
    assert_eq!((&statements[0]["line"], &statements[0]["rows"]), (&2.into(), &().into()));
    assert!(number(&statements[1]["duration_ms"]) >= 200.0, "{step:#}");
    assert!(number(&statements[0]["duration_ms"]) < 200.0, "{step:#}");
    assert_eq!(statements[2]["rows"], 9_000);

    // What the server says of locks, a referenced table among them; the new table is nobody's.
    let locks = step["locks"].as_array().expect("it is a list");
    let told: Vec<_> = locks.iter().map(|it| (&it["object"], &it["mode"], &it["seen"])).collect();
    let seen = true.into();
    assert_eq!(
        told,
        [
            (&"public.t".into(), &"access_exclusive".into(), &seen),
            (&"public.others".into(), &"share_row_exclusive".into(), &seen),
        ]
    );
    assert_within(&locks[0], step);
    assert!(number(&locks[0]["duration_ms"]) >= 200.0, "it is held to the end: {step:#}");

    let table = json["tables"].as_array().expect("it is a list").iter();
    let table = table.filter(|it| it["table"] == "t").collect::<Vec<_>>();
    let before = number(&table[0]["before"]["total_bytes"]);
    assert!(number(&table[0]["after"]["total_bytes"]) > before && before > 0.0, "{json:#}");
    assert!(reported.html.contains("ACCESS EXCLUSIVE on <bdi>public.t</bdi>"));
}

#[test]
fn a_failing_statement_is_told_with_what_stands() {
    let (database, project) = given("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)");
    project.migration(1, "fine", "CREATE TABLE fine (a int);", "DROP TABLE fine;");
    let up = "ALTER TABLE t ADD COLUMN b int;\nUPDATE t SET b = 2;\n\
              CREATE UNIQUE INDEX t_a ON t (a);\nCREATE TABLE behind (a int);\n";
    project.migration(2, "unique", up, "ALTER TABLE t DROP COLUMN b;");
    project.migration(3, "later", "CREATE TABLE later (a int);", "DROP TABLE later;");
    let reported = reported(&project, &["migrate"]);
    let json = &reported.json;
    assert_eq!(json["outcome"], "failed", "{}", reported.run);
    let error = &json["error"];
    assert_eq!((&error["sqlstate"], &error["line"]), (&"23505".into(), &3.into()));
    assert_eq!(error["line_text"], "CREATE UNIQUE INDEX t_a ON t (a);");
    assert!(error["stands"].to_string().contains("nothing of V2__unique stands"), "{error:#}");
    assert!(error["stands"].to_string().contains("V1__fine"), "{error:#}");
    let became: Vec<_> =
        json["steps"].as_array().expect("it is a list").iter().map(|it| &it["state"]).collect();
    assert_eq!(became, ["applied", "failed", "not_reached"]);
    let step = &json["steps"][1];
    assert_eq!(states(step), ["undone", "undone", "failed", "not_run"]);
    assert_eq!(step["statements"][1]["rows"], 2);
    assert!(step["statements"][3].get("started_at").is_none(), "{step:#}");
    assert!(json["steps"][2].get("started_at").is_none());
    assert_eq!(database.psql("SELECT to_regclass('behind') IS NULL"), "t");
    for words in ["What stands", "23505", "V2__unique.sql:3:1", "rolled back", "not reached"] {
        assert!(reported.html.contains(words), "{words}");
    }
}

/// An error that a savepoint could catch fails the whole script, with a report as without one.
#[test]
fn a_report_changes_nothing_of_how_a_script_runs() {
    for args in [&["migrate"][..], &with_reports(&["migrate"])] {
        let (database, project) = given("CREATE TABLE t (a int)");
        let up = "INSERT INTO t VALUES (1);\nSAVEPOINT here;\nINSERT INTO t VALUES (1 / 0);\n\
                  ROLLBACK TO SAVEPOINT here;\nINSERT INTO t VALUES (2);\n";
        project.migration(1, "catch", up, "DELETE FROM t;");
        let run = project.run(args).expect_code(1);
        assert!(run.stderr.contains("V1__catch.sql:3:"), "{run}");
        assert_eq!(database.psql("SELECT count(*) FROM t"), "0");
        if args.len() > 1 {
            let json = read(&project, run).json;
            // Timed as a whole, it is still known how far it came.
            assert_eq!(
                states(&json["steps"][0]),
                ["undone", "undone", "failed", "not_run", "not_run"]
            );
        }
        // And text whose reading a setting changes is read as it is without one.
        let up = "SET LOCAL standard_conforming_strings = off;\n\
                  INSERT INTO t VALUES (length('a\\b'));\nRESET standard_conforming_strings;";
        project.migration(1, "catch", up, "DELETE FROM t;");
        project.run(args).expect_code(0);
        assert_eq!(database.psql("SELECT a FROM t"), "3");
    }
}

#[test]
fn an_interrupted_run_is_reported_as_far_as_it_came() {
    let (database, project) = given("CREATE TABLE t (a int)");
    let up = "INSERT INTO t VALUES (1);\nSELECT pg_sleep(600);\nSELECT 1;";
    project.migration(1, "long", up, "DELETE FROM t;");
    let running = project.command(&with_reports(&["migrate"])).spawn();
    wait_for_statement(&database, "pg_sleep(600)");
    running.signal(Signal::INT);
    let reported = read(&project, running.wait().expect_code(1));
    let json = &reported.json;
    assert_eq!(json["outcome"], "interrupted");
    assert_eq!(json["error"]["kind"], "interrupted");
    assert_eq!(states(&json["steps"][0]), ["undone", "failed", "not_run"]);
    assert!(json["error"]["stands"].to_string().contains("nothing of V1__long stands"));
    assert!(reported.html.contains("Interrupted"));
    // That the run failed is on record as it is without a report.
    assert_eq!(database.psql("SELECT kind FROM turnback.event"), "failed");
}

#[test]
fn a_rollback_tells_what_it_saved_and_put_back() {
    let (_database, project) = given(
        "CREATE TABLE t (a int PRIMARY KEY, b text); INSERT INTO t VALUES (1, 'x'), (2, 'y')",
    );
    let down = "ALTER TABLE t ADD COLUMN b text;";
    project.migration(1, "drop", "ALTER TABLE t DROP COLUMN b;", down);
    let up = reported(&project, &["migrate"]);
    let saved = &up.json["steps"][0]["saved"][0];
    assert_eq!((&saved["rows"], &saved["columns"]), (&2.into(), &serde_json::json!(["b"])));
    assert!(up.html.contains("saved <bdi>public.t(b)</bdi>: 2 rows"), "{}", up.html);
    let back = reported(&project, &["rollback", "--force"]);
    assert_eq!(back.json["command"], "rollback");
    let step = &back.json["steps"][0];
    assert_eq!((&step["state"], &step["direction"]), (&"rolled_back".into(), &"back".into()));
    assert_eq!(step["restored"][0]["rows"], 2, "{step:#}");
    assert_eq!(step["file"], "rollbacks/V1__drop.sql");
}

#[test]
fn a_script_without_a_transaction_is_told_by_its_statements() {
    let (_database, project) = given(
        "CREATE TABLE t (a int PRIMARY KEY, b int); INSERT INTO t SELECT g FROM generate_series(1, 20000) AS g",
    );
    let up = "CREATE INDEX CONCURRENTLY t_a ON t (a);\n-- turnback:backfill t\n\
              UPDATE t SET b = a WHERE b IS NULL;\nSELECT 1 / 0;\nSELECT 2;\n";
    let up = format!("-- turnback:transaction off\n{up}");
    project.migration(1, "fill", &up, "DROP INDEX t_a; UPDATE t SET b = NULL;");
    let first = reported(&project, &["migrate"]);
    let step = &first.json["steps"][0];
    assert_eq!(step["one_transaction"], false);
    assert_eq!(states(step), ["stands", "stands", "failed", "not_run"], "{}", first.run);
    let backfill = &step["backfills"][0];
    assert_eq!(backfill["rows"], 20_000, "{step:#}");
    assert!(!backfill["samples"].as_array().expect("it is a list").is_empty());
    assert_within(backfill, &step["statements"][1]);
    let locks = step["locks"].as_array().expect("it is a list");
    assert_eq!(locks[0]["mode"], "share_update_exclusive", "{step:#}");
    assert_eq!(locks[0]["seen"], false);
    // What an earlier run has done is told as such.
    project.migration(
        1,
        "fill",
        &up.replace("1 / 0", "1"),
        "DROP INDEX t_a; UPDATE t SET b = NULL;",
    );
    let second = reported(&project, &["migrate"]);
    second.run.clone().expect_code(0);
    assert_eq!(
        states(&second.json["steps"][0]),
        ["done_before", "done_before", "stands", "stands"]
    );
}
