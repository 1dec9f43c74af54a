//! Rules that cannot be followed.

use super::{EXPIRED, given, given_postgres, manifest};
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Either, OtherSession};

#[test]
fn a_set_without_rules_is_told_so() {
    for place in Either::both() {
        let project = given(&place, &[]);
        for args in [&["cleanup", "--yes"][..], &["cleanup", "--dry-run"]] {
            let run = project.run(args).expect_code(2);
            assert!(run.stderr.contains("the set has no retention rules"), "{run}");
            assert!(run.stderr.contains("[[retention]]"), "{run}");
        }
    }
}

#[test]
fn a_condition_the_server_does_not_understand_is_named_with_its_rule() {
    for place in Either::both() {
        let postgres = matches!(place, Either::Postgres(_));
        let project = given(&place, &[]);
        for (rule, sqlstate) in [
            (("sessions", "expired = = 1", "x"), "42601"),
            (("sessions", "nothing = 1", "x"), "42703"),
            (("nowhere", "true", "x"), "42P01"),
        ] {
            project.write("migrations/set.toml", manifest(&place, &[EXPIRED, rule]));
            let run = project.run(&["cleanup", "--yes", "--format", "json"]).expect_code(1);
            let error = &run.json()["error"];
            assert_eq!(
                error["sqlstate"],
                if postgres { sqlstate } else { "SQLITE_ERROR" },
                "{run}"
            );
            let notes = error["notes"].to_string();
            assert!(notes.contains(rule.0) && notes.contains(rule.1), "{run}");
            // What another rule says does not go before the rules are known to be sound.
            assert_eq!(place.query("SELECT count(*) FROM sessions"), "3");
        }
    }
}

#[test]
fn a_mistake_in_a_rule_is_shown_to_a_person() {
    let (_database, project) = given_postgres(&[("sessions", "expired = = 1", "they ended")]);
    assert_run_snapshot!(project.run(&["cleanup"]).expect_code(1));
}

/// The owner of a table is bound by its policies only where that is forced.
#[test]
fn rows_that_a_policy_hides_are_an_error_and_not_passed_over() {
    let (database, project) = given_postgres(&[EXPIRED]);
    let role = format!("{}_owner", database.name());
    database.psql(&format!(
        "CREATE ROLE {role} LOGIN;
         GRANT USAGE, CREATE ON SCHEMA public TO {role}; GRANT USAGE ON SCHEMA turnback TO {role};
         GRANT ALL ON ALL TABLES IN SCHEMA public, turnback TO {role};
         ALTER TABLE sessions OWNER TO {role};
         ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
         CREATE POLICY few ON sessions USING (id = 2)"
    ));
    let url = database.url().replace("postgres@", &format!("{role}@"));
    let run = |args: &[&str]| project.command(args).env("DATABASE_URL", &url).run();
    let counted = run(&["cleanup", "--dry-run", "--format", "json"]).expect_code(0);
    assert_eq!(counted.json()["rows"], 2, "the owner is not bound: {counted}");
    database.psql("ALTER TABLE sessions FORCE ROW LEVEL SECURITY");
    for args in [["cleanup", "--dry-run"], ["cleanup", "--yes"]] {
        let refused = run(&args).expect_code(1);
        assert!(refused.stderr.contains("SQLSTATE: 42501"), "{refused}");
        assert!(refused.stderr.contains("row-level security"), "{refused}");
    }
    assert_eq!(database.psql("SELECT count(*) FROM sessions"), "3");
    database.psql(&format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"));
}

#[test]
fn rows_that_somebody_holds_are_waited_for_and_hang_nobody() {
    let (database, project) = given_postgres(&[EXPIRED]);
    let hold = "BEGIN; SELECT FROM sessions WHERE id = 2 FOR UPDATE";
    let holder = OtherSession::holding(&database, "holder", hold);
    let run = project.run(&["cleanup", "--yes", "--ddl-lock-timeout", "1s"]).expect_code(1);
    assert!(run.stderr.contains("SQLSTATE: 55P03"), "{run}");
    let mut running = project.command(&["cleanup", "--yes"]).spawn();
    running.wait_for_stderr("trying again");
    holder.end();
    running.wait().expect_code(0);
    assert_eq!(database.psql("SELECT id FROM sessions"), "1");
}
