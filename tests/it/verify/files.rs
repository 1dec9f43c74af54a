//! Files against the history, and the exit codes.

use super::{applied, each, findings, verify};
use crate::support::snapshot::assert_run_snapshot;

#[test]
fn all_is_as_it_should_be() {
    for (_database, project) in applied() {
        let document = verify(&project, 0);
        assert_eq!(findings(&document), [""; 0]);
        assert_eq!(document["drift"], serde_json::json!([]));
        assert_eq!(document["expected_hash"], document["live_hash"]);
        assert_eq!(document["live_hash"].as_str().unwrap().len(), 64);
        let states = |key: &str| {
            let migrations = document["migrations"].as_array().unwrap();
            migrations.iter().map(|it| it[key].to_string()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(states("version"), "1 2");
        assert_eq!(states("state"), r#""applied" "applied""#);
        assert_eq!(states("name"), r#""users" "index""#);
    }
}

#[test]
fn a_file_that_was_changed_is_a_mismatch() {
    for (_database, project) in applied() {
        let script = project.read("migrations/V2__index.sql");
        project.write("migrations/V2__index.sql", "CREATE INDEX users_name ON users (id, name);");
        let document = verify(&project, 4);
        assert_eq!(findings(&document), ["error changed-file"]);
        assert_eq!(document["migrations"][1]["state"], "changed");
        assert_eq!(document["error"], serde_json::Value::Null, "it is no failure of the run");
        project.write("migrations/V2__index.sql", script);
        verify(&project, 0);

        project.write("rollbacks/V2__index.sql", "DROP INDEX IF EXISTS users_name;");
        let document = verify(&project, 4);
        assert_eq!(findings(&document), ["error changed-file"]);
        let message = document["findings"][0]["message"].as_str().unwrap();
        assert_eq!(message, "V2__index: its rollback file has changed since it was applied");
    }
}

#[test]
fn a_file_that_is_gone_is_a_mismatch() {
    for (_database, project) in applied() {
        project.remove("migrations/V2__index.sql").remove("rollbacks/V2__index.sql");
        let document = verify(&project, 4);
        assert_eq!(findings(&document), ["error missing-file"]);
        assert_eq!(document["migrations"][1]["state"], "missing");
    }
}

#[test]
fn what_is_pending_has_an_exit_code_of_its_own() {
    for (database, project) in each() {
        let document = verify(&project, 3);
        assert_eq!(findings(&document), ["error pending", "error pending"]);
        assert_eq!(document["live_hash"], serde_json::Value::Null);
        project.run(&["migrate", "--to", "1"]).expect_code(0);
        let document = verify(&project, 3);
        assert_eq!(findings(&document), ["error pending"]);
        assert_eq!(document["expected_hash"], document["live_hash"]);
        // What failed is pending still.
        project.write("migrations/V2__index.sql", "CREATE INDEX users_name ON missing (id);");
        project.run(&["migrate"]).expect_code(1);
        let document = verify(&project, 3);
        assert_eq!(document["migrations"][1]["state"], "failed");
        // A mismatch weighs more.
        database.query("CREATE TABLE theirs (a int)");
        verify(&project, 4);
    }
}

#[test]
fn a_history_that_somebody_edited_is_a_mismatch() {
    for (database, project) in applied() {
        database.query("DELETE FROM refinery_schema_history WHERE version = 2");
        assert_eq!(findings(&verify(&project, 4)), ["error conflict"]);
    }
}

#[test]
fn a_script_that_stopped_half_way_is_a_mismatch() {
    for (database, project) in applied() {
        let up = "-- turnback:transaction off\n\
            CREATE TABLE logs (line text);\nINSERT INTO missing VALUES (1);\n";
        project.migration(3, "logs", up, "DROP TABLE logs;");
        project.run(&["migrate"]).expect_code(1);
        let document = verify(&project, 4);
        let found = findings(&document);
        assert!(found.contains(&"error unfinished".to_owned()), "{found:?}");
        let text = project.run(&["verify"]).expect_code(4).stdout;
        assert!(text.contains("V3__logs: it stopped after 1 statement\n"), "{text}");
        // What it made by then is not on record as somebody's.
        assert!(text.contains("logs"), "{text}");
        database.query("CREATE TABLE missing (a int)");
        project.run(&["migrate"]).expect_code(0);
        assert_eq!(findings(&verify(&project, 0)), [""; 0]);
    }
}

#[test]
fn a_person_reads_what_is_wrong_with_the_files() {
    let [(_database, project), _] = applied();
    project.write("migrations/V2__index.sql", "CREATE INDEX users_name ON users (id, name);");
    project.migration(3, "more", "CREATE TABLE more (a int);", "DROP TABLE more;");
    assert_run_snapshot!(project.run(&["verify"]));
}

#[test]
fn after_each_way_the_schema_is_the_one_on_record() {
    for (_database, project) in applied() {
        project.run(&["rollback", "--force"]).expect_code(0);
        assert_eq!(findings(&verify(&project, 3)), ["error pending"]);
        project.run(&["rollback", "--force"]).expect_code(0);
        let document = verify(&project, 3);
        assert_eq!(document["expected_hash"], document["live_hash"]);
        project.run(&["migrate"]).expect_code(0);
        verify(&project, 0);
    }
}
