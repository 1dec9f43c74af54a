//! The live schema against the one on record.

use super::{applied, findings, verify};
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Either, drift};

#[test]
fn what_is_missing_unexpected_or_altered_is_named_with_both_definitions() {
    for (database, project) in applied() {
        let change = match &database {
            Either::Postgres(_) => "ALTER TABLE users ALTER name SET NOT NULL",
            Either::Sqlite(_) => {
                "ALTER TABLE users DROP COLUMN name; ALTER TABLE users ADD COLUMN name int"
            }
        };
        database.query(&format!("DROP INDEX users_name; {change}; CREATE TABLE theirs (a int)"));
        let document = verify(&project, 4);
        let name = |object: &str| match &database {
            Either::Postgres(_) => format!("public.{object}"),
            Either::Sqlite(_) => object.to_owned(),
        };
        let expected = [
            format!("unexpected table {}", name("theirs")),
            format!("unexpected column {}", name("theirs.a")),
            format!("altered column {}", name("users.name")),
            format!("missing index {}", name("users.users_name")),
        ];
        let mut found = drift(&document);
        found.sort();
        let mut sorted = expected.clone();
        sorted.sort();
        assert_eq!(found, sorted);
        assert_eq!(findings(&document), ["error drift"; 4]);
        assert_ne!(document["expected_hash"], document["live_hash"]);
        for it in document["drift"].as_array().unwrap() {
            let (expected, actual) = (it["expected"].as_str(), it["actual"].as_str());
            let both = match it["change"].as_str().unwrap() {
                "missing" => expected.is_some() && actual.is_none(),
                "unexpected" => expected.is_none() && actual.is_some(),
                _ => expected.is_some() && actual.is_some() && expected != actual,
            };
            assert!(both, "{it}");
        }
        if matches!(database, Either::Postgres(_)) {
            assert_run_snapshot!(project.run(&["verify"]));
        }
    }
}

#[test]
fn what_is_put_back_is_no_drift() {
    for (database, project) in applied() {
        database.query("DROP INDEX users_name");
        verify(&project, 4);
        database.query("CREATE INDEX users_name ON users (name)");
        verify(&project, 0);
        database.query("INSERT INTO users VALUES (1, 'ann')");
        verify(&project, 0);
    }
}

/// Its place among the columns makes no difference to anybody's SQL, and is told.
#[test]
fn a_column_in_another_place_is_a_note() {
    for (database, project) in applied() {
        database.query("ALTER TABLE users ADD COLUMN more int");
        project.migration(3, "noop", "-- turnback takes what it finds\nSELECT 1;", "SELECT 1;");
        project.run(&["migrate"]).expect_code(0);
        database.query(
            "DROP INDEX users_name; ALTER TABLE users DROP COLUMN name;
             ALTER TABLE users ADD COLUMN name text; CREATE INDEX users_name ON users (name)",
        );
        let document = verify(&project, 0);
        let found = findings(&document);
        assert!(!found.is_empty() && found.iter().all(|it| it == "note drift"), "{found:?}");
        assert_eq!(document["expected_hash"], document["live_hash"]);
        let text = project.run(&["verify"]).expect_code(0).stdout;
        assert!(text.contains("Minor, no difference to anybody's SQL:"), "{text}");
        assert!(text.ends_with("as it should be\n"), "{text}");
    }
}

#[test]
fn what_the_next_run_puts_on_record_is_no_drift_any_more() {
    for (database, project) in applied() {
        database.query("CREATE TABLE theirs (a int)");
        verify(&project, 4);
        project.migration(3, "more", "CREATE TABLE more (a int);", "DROP TABLE more;");
        let run = project.run(&["migrate"]).expect_code(0);
        assert!(run.stderr.contains("changed since the last run"), "{run}");
        verify(&project, 0);
    }
}

#[test]
fn another_schema_is_no_part_of_it() {
    let [(database, project), _] = applied();
    database.query("CREATE SCHEMA other; CREATE TABLE other.theirs (a int)");
    verify(&project, 0);
}
