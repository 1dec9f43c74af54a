//! What holds, what does not, and what is said of it.

use super::{given, given_postgres, states};
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Either, SqliteFile};

const HOLDS: &str = "\
INSERT INTO accounts VALUES (-1, 'check@example.org');

-- turnback:check an account is found by its address
SELECT '-1' AS expected, id AS actual FROM accounts WHERE email = 'check@example.org';

-- turnback:check what one check does, the next does not see
DELETE FROM accounts;
SELECT 0 AS expected, count(*) AS actual FROM accounts;

-- turnback:check the rows of the set-up are there for every check
SELECT 2 AS expected, count(*) AS actual FROM accounts;
SELECT 'no e-mail' AS what, NULL AS expected, NULL AS actual;

-- turnback:check what needs more than there is, is left out
-- turnback:skip-unless 1 = 2
SELECT 1 AS expected, 2 AS actual;
";

#[test]
fn checks_that_hold_are_listed_and_the_run_ends_well() {
    for place in Either::both() {
        let project = given(&place, HOLDS);
        let run = project.run(&["check"]).expect_code(0);
        if matches!(place, Either::Postgres(_)) {
            assert_run_snapshot!(run);
        }
        let report = project.run(&["check", "--format", "json"]).expect_code(0).json();
        assert_eq!((&report["command"], &report["ok"]), (&"check".into(), &true.into()));
        assert_eq!(report["exit_code"], 0);
        for (count, of) in [(3, "passed"), (0, "failed"), (1, "skipped")] {
            assert_eq!(report[of], count, "{report}");
        }
        assert_eq!(states(&report), ["passed", "passed", "passed", "skipped"]);
        assert_eq!(report["checks"][3]["needs"], "1 = 2");
        assert_eq!(report["checks"][0]["name"], "an account is found by its address");
        assert!(report["checks"][0]["file"].as_str().unwrap().ends_with("checks/accounts.sql"));
        assert_eq!(report["checks"][0]["expected"], serde_json::Value::Null);
    }
}

const FAILS: &str = "\
-- turnback:check an account has the address it was given
SELECT 'the first' AS what, 'ann@example.org' AS expected, email AS actual FROM accounts;
SELECT what, expected, actual FROM (
    SELECT 'the same' AS what, 'one' AS expected, 'one' AS actual
    UNION ALL SELECT 'another', 'two', 'zwei') AS pairs ORDER BY what DESC;

-- turnback:check null is not the word for it
SELECT 'NULL' AS expected, NULL AS actual;

-- turnback:check a result without rows shows nothing
SELECT 1 AS expected, 1 AS actual FROM accounts WHERE id = 2;

-- turnback:check nobody looks
SELECT count(*) FROM accounts;

-- turnback:check one of the columns is no assertion
SELECT 1 AS expected FROM accounts;

-- turnback:check a statement that fails
SELECT 1 AS expected, 1 AS actual;
  SELECT nothing FROM accounts;

-- turnback:check a condition that cannot be asked
-- turnback:skip-unless nothing > 1
SELECT 1 AS expected, 1 AS actual;

-- turnback:check text of several lines
SELECT 'a
b' AS expected, 'a
c' AS actual;

-- turnback:check whatever came before, the next check is tried
SELECT 1 AS expected, count(*) AS actual FROM accounts;
";

#[test]
fn checks_that_do_not_hold_say_where_what_was_expected_and_what_came() {
    for place in Either::both() {
        let project = given(&place, FAILS);
        let run = project.run(&["check"]).expect_code(4);
        if matches!(place, Either::Postgres(_)) {
            assert_run_snapshot!(run);
        }
        let report = project.run(&["check", "--format", "json"]).expect_code(4).json();
        assert_eq!((&report["ok"], &report["exit_code"]), (&false.into(), &4.into()));
        assert_eq!((&report["passed"], &report["failed"]), (&1.into(), &8.into()), "{report}");
        let fields = |check: usize| {
            let check = &report["checks"][check];
            let text = |name: &str| check[name].as_str().unwrap_or("-").to_owned();
            (check["line"].as_u64().unwrap(), text("row"), text("expected"), text("actual"))
        };
        let said = |line, row: &str, expected: &str, actual: &str| {
            (line, row.to_owned(), expected.to_owned(), actual.to_owned())
        };
        assert_eq!(fields(0), said(3, "another", "two", "zwei"));
        assert_eq!(fields(1).0, 8);
        assert_eq!(fields(2), said(11, "-", "at least one row", "no row"));
        assert_eq!((fields(3).0, &*fields(3).3), (13, "the check asserts nothing"));
        assert_eq!((fields(4).0, &*fields(4).3), (16, "the check asserts nothing"));
        let (line, _, expected, actual) = fields(5);
        assert_eq!((line, &*expected), (21, "no error"));
        let code = if matches!(place, Either::Postgres(_)) { "42703: " } else { "SQLITE_ERROR: " };
        assert!(actual.starts_with(code) && actual.contains("nothing"), "{actual}");
        assert_eq!(fields(6).0, 23);
        assert_eq!(fields(7), said(28, "-", "a\nb", "a\nc"));
        assert_eq!(states(&report)[8], "passed");
    }
}

#[test]
fn null_and_the_text_null_are_told_apart() {
    let (_database, project) =
        given_postgres("-- turnback:check a\nSELECT 'NULL' AS expected, NULL AS actual;");
    let report = project.run(&["check", "--format", "json"]).expect_code(4).json();
    let check = &report["checks"][0];
    assert_eq!((&check["expected"], &check["actual"]), (&"'NULL'".into(), &"NULL".into()));
}

#[test]
fn an_expected_error_is_the_one_that_comes_and_no_other() {
    for place in Either::both() {
        let postgres = matches!(place, Either::Postgres(_));
        let code = |sqlstate, sqlite| if postgres { sqlstate } else { sqlite };
        let unique = code("23505", "SQLITE_CONSTRAINT_UNIQUE");
        let check = code("23514", "SQLITE_CONSTRAINT_CHECK");
        let project = given(
            &place,
            &format!(
                "-- turnback:check no address is there twice
                 -- turnback:expect-error {unique}
                 INSERT INTO accounts VALUES (2, 'ann@example.org');
                 -- turnback:expect-error {check}
                 INSERT INTO accounts VALUES (2, 'ann');
                 SELECT 1 AS expected, count(*) AS actual FROM accounts;
                 -- turnback:check another error comes
                 -- turnback:expect-error {unique}
                 INSERT INTO accounts VALUES (2, 'ann');
                 -- turnback:check none comes
                 -- turnback:expect-error {unique}
                 INSERT INTO accounts VALUES (2, 'bob@example.org');
                 -- turnback:check they leave nothing
                 SELECT 1 AS expected, count(*) AS actual FROM accounts;"
            ),
        );
        let report = project.run(&["check", "--format", "json"]).expect_code(4).json();
        assert_eq!(states(&report), ["passed", "failed", "failed", "passed"], "{report}");
        let failed = |at: usize| {
            let check = &report["checks"][at];
            (check["expected"].as_str().unwrap(), check["actual"].as_str().unwrap())
        };
        assert_eq!(failed(1).0, format!("error {unique}"));
        assert!(failed(1).1.starts_with(&format!("{check}: ")), "{report}");
        assert_eq!(failed(2), (&*format!("error {unique}"), "it succeeded"));
        assert_eq!(report["checks"][1]["line"], 9);
    }
}

#[test]
fn a_set_up_that_fails_fails_its_file_and_the_other_files_are_tried() {
    for place in Either::both() {
        let project = given(
            &place,
            "INSERT INTO accounts VALUES (2, 'bob@example.org');
             INSERT INTO accounts VALUES (3, 'bob');
             -- turnback:check never tried
             SELECT 1 AS expected, 1 AS actual;",
        );
        let other = "-- turnback:check none of the rows is seen here
                     SELECT 1 AS expected, count(*) AS actual FROM accounts;";
        project.write("migrations/checks/zoo.sql", other);
        let report = project.run(&["check", "--format", "json"]).expect_code(4).json();
        assert_eq!(states(&report), ["failed", "passed"], "{report}");
        let set_up = &report["checks"][0];
        assert_eq!((&set_up["name"], &set_up["line"]), (&"the set-up runs".into(), &2.into()));
        assert_eq!(set_up["expected"], "no error");
    }
}

/// In SQLite a conflict may end the whole transaction, savepoints and all.
#[test]
fn a_conflict_that_rolls_the_transaction_back_is_a_verdict_and_leaves_nothing() {
    let set_up = "INSERT INTO accounts VALUES (2, 'bob@example.org');";
    let rolling = "INSERT OR ROLLBACK INTO accounts VALUES (3, 'ann@example.org');";
    let next = "-- turnback:check the next\n
                INSERT INTO accounts VALUES (4, 'dan@example.org');
                SELECT 3 AS expected, count(*) AS actual FROM accounts;";
    let expected = "-- turnback:expect-error SQLITE_CONSTRAINT_UNIQUE";
    for (checks, wanted) in [
        (format!("{set_up}\n-- turnback:check a\n{rolling}\n{next}"), &["failed", "passed"][..]),
        (
            format!(
                "{set_up}\n-- turnback:check a\n{expected}\n{rolling}\n\
                 SELECT 2 AS expected, count(*) AS actual FROM accounts;\n{next}"
            ),
            &["failed", "passed"],
        ),
        (format!("{set_up}\n{rolling}\n{next}"), &["failed"]),
    ] {
        let place = Either::Sqlite(SqliteFile::new());
        let project = given(&place, &checks);
        let other = "-- turnback:check another file\n
                     SELECT 1 AS expected, count(*) AS actual FROM accounts;";
        project.write("migrations/checks/zoo.sql", other);
        let run = project.run(&["check", "--format", "json"]).expect_code(4);
        assert_eq!(states(&run.json()), [wanted, &["passed"]].concat(), "{checks}\n{run}");
        assert_eq!(place.query("SELECT id FROM accounts"), "1", "{checks}");
    }
}
