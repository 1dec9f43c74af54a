//! Scripts that are wrong: shown with file, line, column and caret, and nothing is changed.

use super::{Fault, both};
use crate::support::{Cluster, Database, Project};

const FILE: &str = "migrations/V2__bad.sql";
const CONTROL: &str = "is not for a script: turnback begins and ends the transaction";

/// A database with a good migration pending before the bad one.
fn given(bad: &str) -> (Database, Project) {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    project.migration(1, "good", "CREATE TABLE good (a int);", "DROP TABLE good;");
    project.migration(2, "bad", bad, "-- nothing to undo");
    (database, project)
}

/// Planning and migrating both stop at the fault, before the good migration is applied.
#[track_caller]
fn assert_refused(bad: &str, fault: &Fault<'_>) {
    let (database, project) = given(bad);
    for command in [&["plan"][..], &["migrate"], &["migrate", "--dry-run"]] {
        let (text, json) = both(&project, command);
        fault.is_shown_by(&text);
        fault.is_told_by(&json);
    }
    assert_untouched(&database);
}

#[track_caller]
fn assert_untouched(database: &Database) {
    let made = database.psql(
        "SELECT n.nspname, c.relname FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid
         WHERE n.nspname = 'turnback' OR n.nspname = 'public' AND c.relname IS NOT NULL",
    );
    assert_eq!(made, "", "something was made");
}

#[test]
fn a_migration_of_comments_only_is_refused() {
    let (database, project) = given("-- to be written\n/* later */\n;;\n");
    for command in ["plan", "migrate"] {
        let (text, json) = both(&project, &[command]);
        let text = text.expect_code(2);
        assert!(text.stderr.starts_with(&format!("error: {FILE} has no statement\n")), "{text}");
        assert!(text.stderr.contains("next: write its SQL, or remove the file"), "{text}");
        assert_eq!(json.expect_code(2).json()["error"]["file"], FILE);
    }
    assert_untouched(&database);
}

#[test]
fn a_rollback_of_comments_only_is_welcome() {
    let (database, project) = given("INSERT INTO good VALUES (1);");
    project.run(&["migrate"]).expect_code(0);
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(database.psql("SELECT count(*) FROM good"), "1");
}

#[test]
fn transaction_control_is_refused() {
    for (statement, name) in [
        ("BEGIN", "BEGIN"),
        ("commit", "COMMIT"),
        ("ROLLBACK", "ROLLBACK"),
        ("START TRANSACTION", "START TRANSACTION"),
        ("END", "END"),
    ] {
        let bad = format!("CREATE TABLE b (c int);\n  {statement};\n");
        assert_refused(
            &bad,
            &Fault {
                file: FILE,
                line: 2,
                column: 3,
                source: &format!("  {statement};"),
                message: &format!("{name} {CONTROL}"),
                hint: "remove it: the whole script runs in one transaction",
            },
        );
    }
}

#[test]
fn copy_from_stdin_is_refused() {
    assert_refused(
        "CREATE TABLE b (c int);\nCOPY b FROM STDIN;\n1\n2\n\\.\n",
        &Fault {
            file: FILE,
            line: 2,
            column: 1,
            source: "COPY b FROM STDIN;",
            message: "COPY FROM STDIN needs a client that feeds or reads the data",
            hint: "write the rows as INSERT",
        },
    );
}

#[test]
fn a_concurrent_build_needs_the_directive() {
    assert_refused(
        "CREATE TABLE b (c int);\nCREATE INDEX CONCURRENTLY b_c ON b (c);\n",
        &Fault {
            file: FILE,
            line: 2,
            column: 1,
            source: "CREATE INDEX CONCURRENTLY b_c ON b (c);",
            message: "cannot run inside a transaction",
            hint: "put `-- turnback:transaction off` at the head of the script",
        },
    );
    let (database, project) = given(
        "-- turnback:transaction off\nCREATE TABLE b (c int);\n\
         CREATE INDEX CONCURRENTLY b_c ON b (c);\n",
    );
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(
        database.psql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'b_c'::regclass"),
        "t"
    );
}

#[test]
fn a_psql_command_is_refused() {
    assert_refused(
        "-- from a dump\n\\connect shop\nCREATE TABLE b (c int);\n",
        &Fault {
            file: FILE,
            line: 2,
            column: 1,
            source: "\\connect shop",
            message: "`\\connect` is a psql command, not SQL",
            hint: "remove it: scripts are sent to the server",
        },
    );
}

#[test]
fn a_statement_that_cannot_be_read_is_refused_before_anything_runs() {
    let (database, project) = given("CREATE TABLE b (c int);\nCREATE TABEL d (e int);\n");
    let (text, json) = both(&project, &["migrate"]);
    let text = text.expect_code(2);
    assert!(text.stderr.starts_with("error: syntax error: "), "{text}");
    assert!(text.stderr.contains(&format!("  --> {FILE}:2:")), "{text}");
    assert!(text.stderr.contains("   2 | CREATE TABEL d (e int);\n"), "{text}");
    assert!(text.stderr.contains("turnback:allow unparsed -- <reason>"), "{text}");
    assert_eq!(json.expect_code(2).json()["error"]["line"], 2);
    assert_untouched(&database);
}

#[test]
fn a_string_without_an_end_is_shown_where_it_begins() {
    assert_refused(
        "CREATE TABLE b (c int);\nINSERT INTO b VALUES ('é', 'open);\n",
        &Fault {
            file: FILE,
            line: 2,
            column: 28,
            source: "INSERT INTO b VALUES ('é', 'open);",
            message: "this string has no end",
            hint: "check the quotes and comments up to here",
        },
    );
}

/// Found at night it would be too late.
#[test]
fn a_rollback_that_could_not_run_stops_its_migration() {
    for (rollback, message) in [
        ("DROP TABLE b;\nCOMMIT;\n", "COMMIT is not for a script"),
        ("DROP TABLE b;\n\\i more.sql\n", "`\\i` is a psql command, not SQL"),
        ("DROP TABLE b;\n-- turnback:transactoin off\n", "unknown directive `transactoin`"),
        ("DROP TABLE b;\nDROP INDEX CONCURRENTLY b_c;\n", "cannot run inside a transaction"),
    ] {
        let (database, project) = given("CREATE TABLE b (c int);");
        project.write("rollbacks/V2__bad.sql", rollback);
        let run = project.run(&["migrate"]).expect_code(2);
        assert!(run.stderr.contains(message), "{message} is not said:\n{run}");
        assert!(run.stderr.contains("  --> rollbacks/V2__bad.sql:2:"), "{run}");
        assert_untouched(&database);
    }
}

#[test]
fn what_is_wrong_with_an_applied_script_stops_nobody() {
    let (database, project) = given("CREATE TABLE b (c int);");
    project.run(&["migrate"]).expect_code(0);
    project.migration(3, "next", "CREATE TABLE d (e int);", "COMMIT;");
    assert_eq!(project.run(&["status"]).code, 0);
    project.run(&["migrate"]).expect_code(2);
    project.write("rollbacks/V3__next.sql", "DROP TABLE d;");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(database.psql("SELECT count(*) FROM d"), "0");
}

#[test]
fn the_faults_of_sqlite_scripts_make_no_file() {
    for (bad, line, message) in [
        ("CREATE TABLE b (c);\nBEGIN;\n", 2, "BEGIN is not for a script"),
        ("CREATE TABLE b (c);\n.read more.sql\n", 2, "`.read` is a command of the sqlite3 shell"),
        ("CREATE TABLE b (c);\nVACUUM;\n", 2, "cannot run inside a transaction"),
        ("PRAGMA foreign_keys = ON;\n", 1, "PRAGMA foreign_keys does nothing"),
        ("-- turnback:frob\nCREATE TABLE b (c);\n", 1, "unknown directive `frob`"),
        ("-- nothing\n", 0, "has no statement"),
    ] {
        let project = Project::new().url("sqlite:app.db");
        project.migration(1, "bad", bad, "-- nothing to undo");
        let run = project.run(&["migrate"]).expect_code(2);
        assert!(run.stderr.contains(message), "{message} is not said:\n{run}");
        let place = match line {
            0 => "  --> migrations/V1__bad.sql\n".to_owned(),
            line => format!("  --> migrations/V1__bad.sql:{line}:"),
        };
        assert!(run.stderr.contains(&place), "{run}");
        assert!(!project.path().join("app.db").exists(), "{run}");
    }
}

#[test]
fn the_bundled_sets_are_without_fault() {
    let database = Cluster::shared().database();
    for (set, url) in [("rls-sessions", &*database.url()), ("lucia-sessions", "sqlite:app.db")] {
        let run = Project::new().url(url).run(&["plan", "--set", set]).expect_code(0);
        assert!(run.stdout.contains("migrations to apply"), "{run}");
    }
}
