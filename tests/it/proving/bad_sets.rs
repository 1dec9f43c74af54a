//! Sets with a mistake in every version, and what is said of each.

use super::{alone, set_for, there, verdicts};
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Project, Run};

/// What can go wrong, one thing in each version.
fn bad_set() -> Project {
    let project = set_for("postgresql");
    project
        .migration(
            1,
            "users",
            "CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, age int);\n\
             CREATE SEQUENCE parts;\n",
            "DROP SEQUENCE parts;\nDROP TABLE users;\n",
        )
        .migration(2, "by_name", "CREATE INDEX users_by_name ON users (name);\n", "SELECT 1;\n")
        .migration(
            3,
            "no_age",
            "ALTER TABLE users DROP COLUMN age;\n",
            "ALTER TABLE users ADD COLUMN age int;\nUPDATE users SET name = name || '!';\n",
        )
        .migration(
            4,
            "part",
            "DO $$ BEGIN EXECUTE 'CREATE TYPE part_' || nextval('parts') || ' AS ENUM ()';\n\
             END $$;\n",
            "DO $$ DECLARE part regtype; BEGIN\n\
             FOR part IN SELECT oid FROM pg_type WHERE typname LIKE 'part\\_%' LOOP\n\
             EXECUTE 'DROP TYPE ' || part; END LOOP; END $$;\n",
        )
        .migration(
            5,
            "more",
            "INSERT INTO users SELECT 1000 + n, 'more' FROM generate_series(1, nextval('parts')) n;\n",
            "DELETE FROM users WHERE name = 'more';\n",
        )
        .migration(
            6,
            "token",
            "CREATE TABLE tokens (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text UNIQUE);\n\
             INSERT INTO tokens (name) VALUES ('first');\n",
            "DROP TABLE tokens;\n",
        )
        .migration(7, "wrong", "CREATE TABLE nothing (id txt);\n", "DROP TABLE nothing;\n")
        .migration(8, "never", "CREATE TABLE never ();\n", "DROP TABLE never;\n");
    project
}

#[test]
fn each_mistake_is_told_with_its_reason() {
    let run = there(bad_set().command(&["prove", "--jobs", "1"])).run();
    assert_run_snapshot!(run);
}

#[test]
fn a_program_reads_the_same() {
    let run = there(bad_set().command(&["prove", "--format", "json"])).run().expect_code(4);
    assert_eq!(
        verdicts(&run),
        [
            "1 yes yes yes yes yes",
            "2 yes no - no -",
            "3 yes yes yes yes no",
            "4 yes yes no yes yes",
            "5 yes yes no yes yes",
            "6 yes yes yes yes yes",
            "7 no - - - -",
        ]
    );
    let document = run.json();
    let counts = ["proven", "failed", "not_reached"].map(|key| document[key].clone());
    assert_eq!(counts, [2, 5, 1]);
    assert_eq!(document["migrations"][1]["drift"][0]["object"], "public.users.users_by_name");
    assert_eq!(document["migrations"][1]["drift"][0]["change"], "unexpected");
    assert_eq!(document["migrations"][3]["drift"][0]["change"], "missing");
    assert_eq!(document["migrations"][5]["volatile_tables"][0], "public.tokens");
    let problem = document["migrations"][6]["problem"].as_str().unwrap();
    assert!(problem.starts_with("V7__wrong failed: type \"txt\" does not exist\n"), "{problem}");
}

/// The same kinds of mistakes where no server is needed.
fn bad_for_sqlite() -> Project {
    let project = set_for("sqlite");
    project
        .migration(1, "users", "CREATE TABLE users (id integer, age int);", "DROP TABLE users;")
        .migration(2, "by_age", "CREATE INDEX by_age ON users (age);", "SELECT 1;")
        .migration(
            3,
            "no_age",
            "DROP INDEX by_age;\nALTER TABLE users DROP COLUMN age;",
            "ALTER TABLE users ADD COLUMN age int;\nCREATE INDEX by_age ON users (age);\n\
             UPDATE users SET id = id + 1;",
        )
        .migration(4, "wrong", "CREATE TABLE users (again);", "SELECT 1;");
    project
}

#[test]
fn reports_for_ci_name_version_reason_and_place() {
    let run = |format| bad_for_sqlite().run(&["prove", "--format", format]).expect_code(4);
    assert_run_snapshot!(run("github"), @"
    exit code: 4
    ----- stdout -----
    ::error title=turnback prove%3A unproven::V2__by_age could not be rolled back: the rollback does not restore the schema: 1 object is not as it was%0A  unexpected: index users.by_age%0A    + CREATE INDEX by_age ON users (age);
    ::error title=turnback prove%3A unproven::V3__no_age: its rollback did not leave the rows as they were%0A  users: 4 rows before, 4 rows after, whose values differ
    ::error file=migrations/V4__wrong.sql,line=1,col=14,title=turnback prove%3A unproven::V4__wrong failed: table users already exists%0A  --> migrations/V4__wrong.sql:1:14%0A   1 | CREATE TABLE users (again);%0A     |              ^%0A  code: SQLITE_ERROR
    ----- stderr -----
    ");

    let junit = run("junit").stdout;
    assert!(junit.contains("tests=\"4\" failures=\"3\""), "{junit}");
    for name in ["V1__users\"/>", "V2__by_age\">", "V3__no_age\">", "V4__wrong\" file="] {
        assert!(
            junit.contains(&format!("<testcase classname=\"unproven\" name=\"{name}")),
            "{junit}"
        );
    }

    let sarif = run("sarif").json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let text = |index: usize| results[index]["message"]["text"].as_str().unwrap();
    assert_eq!(results.len(), 3);
    let lost = "V3__no_age: its rollback did not leave the rows as they were";
    assert_eq!(text(1).matches(lost).count(), 1, "{}", text(1));
    assert!(text(1).contains("users: 4 rows before, 4 rows after, whose values differ"));
    let place = &results[2]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "migrations/V4__wrong.sql");
    assert_eq!(place["region"]["startLine"], 1);
}

#[test]
fn versions_are_chosen() {
    let project = bad_for_sqlite();
    let run = |args: &[&str], code| -> Run {
        let mut all = vec!["prove", "--format", "json"];
        all.extend(args);
        project.run(&all).expect_code(code)
    };
    assert_eq!(verdicts(&run(&["--to", "1"], 0)), ["1 yes yes yes yes yes"]);
    assert_eq!(verdicts(&run(&["--from", "3", "--to", "3"], 4)), ["3 yes yes yes yes no"]);
    assert_eq!(run(&["--from", "3", "--to", "2"], 0).json()["migrations"], serde_json::json!([]));
    let error = &run(&["--from", "9"], 2).json()["error"];
    assert_eq!(error["message"], "the set has no version 9");
}

#[test]
fn what_cannot_be_reached_is_no_verdict() {
    let project = bad_for_sqlite();
    project.migration(5, "more", "CREATE TABLE more (id);", "DROP TABLE more;");
    let run = project.run(&["prove", "--from", "5"]).expect_code(1);
    assert!(run.stderr.starts_with("error: V4__wrong failed: table users already exists"), "{run}");
    assert_eq!(run.stdout, "");
}

#[test]
fn a_fixture_with_a_mistake_is_no_verdict() {
    let project = bad_for_sqlite();
    project.write("migrations/fixtures/V1__users.sql", "INSERT INTO users VALUES (1, 2, 3);");
    let run = project.run(&["prove"]).expect_code(1);
    assert!(run.stderr.contains("migrations/fixtures/V1__users.sql"), "{run}");
    assert!(run.stderr.contains("mend the fixture"), "{run}");
}

#[test]
fn a_set_that_makes_roles_is_proven_on_a_server_of_its_own() {
    let project = set_for("postgresql");
    for version in 1..=5 {
        project.migration(
            version,
            "role",
            &format!("CREATE ROLE worker_{version};\n"),
            &format!("DROP ROLE worker_{version};\n"),
        );
    }
    // Side by side, one would find the other's roles.
    let run = alone(project.command(&["prove", "--jobs", "5", "--format", "json"])).run();
    assert_eq!(verdicts(&run.expect_code(0)).len(), 5);
}
