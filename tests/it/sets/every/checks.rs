//! The checks of each set: they pass where it is whole, leave nothing, and notice what is broken.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Place, assert_same, each};
use crate::support::{Database, Either, Turnback};

/// Checks make a role, and a role belongs to the whole server: those of two databases would wait
/// for each other.
pub(super) fn one_at_a_time() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[track_caller]
fn assert_passes(place: &Place, args: &[&str]) {
    let _turn = one_at_a_time();
    let before = place.everything();
    let run = place.run(&[args, &["check", "--format", "json"]].concat());
    let report = run.json();
    assert_eq!((run.code, &report["failed"]), (0, &0.into()), "{}: {run}", place.name);
    assert_eq!(report["skipped"], skipped(&run.json()), "{}: {run}", place.name);
    assert!(report["passed"].as_u64() > Some(0), "{run}");
    assert_same(&place.everything(), &before, place.name);
    if let Either::Postgres(database) = &place.at {
        let roles = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'turnback_check%'";
        assert_eq!(database.psql(roles), "0", "{}", place.name);
    }
}

/// A superuser skips only what an adopted table or an older server cannot have.
fn skipped(report: &serde_json::Value) -> usize {
    let checks = report["checks"].as_array().expect("it lists them");
    let needs = checks.iter().filter_map(|check| check["needs"].as_str());
    needs.filter(|needs| !needs.contains("rolsuper") && !needs.contains("rolcreaterole")).count()
}

#[test]
fn they_pass_on_a_fresh_database() {
    for place in each() {
        place.run(&["migrate"]).expect_code(0);
        assert_passes(&place, &[]);
    }
}

#[test]
fn they_pass_among_the_rows_of_an_application() {
    for place in each() {
        let place = place.living();
        place.run(&["migrate"]).expect_code(0);
        assert_passes(&place, &[]);
    }
}

#[test]
fn they_pass_in_a_schema_with_an_odd_name() {
    for place in each() {
        let Either::Postgres(database) = &place.at else { continue };
        database.psql(r#"CREATE SCHEMA "My Schema""#);
        place.run(&["--schema", "My Schema", "migrate"]).expect_code(0);
        assert_passes(&place, &["--schema", "My Schema"]);
    }
}

/// One statement for each object of the set, which takes that object away. The keys that the base
/// tables are made with are the application's where it made the tables.
const LOSSES: &str = "
    SELECT format('DROP FUNCTION %s CASCADE', oid::regprocedure)
      FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname)
      FROM pg_constraint
     WHERE connamespace = 'public'::regnamespace AND conname NOT LIKE '%\\_pkey'
       AND conname NOT LIKE '%\\_fkey'
    UNION ALL
    SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass)
      FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT format('DROP POLICY %I ON %s', polname, polrelid::regclass) FROM pg_policy
    UNION ALL
    SELECT format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', oid::regclass)
      FROM pg_class WHERE relrowsecurity
    UNION ALL
    SELECT format('DROP VIEW %s CASCADE', oid::regclass)
      FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT format('DROP INDEX %s', indexrelid::regclass)
      FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
     WHERE relnamespace = 'public'::regnamespace
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
     ORDER BY 1";

const SQLITE_LOSSES: &str = "
    SELECT 'DROP ' || type || ' ' || name FROM sqlite_schema
     WHERE type IN ('index', 'trigger', 'view') AND sql IS NOT NULL
       AND tbl_name NOT LIKE 'turnback%' ORDER BY 1";

fn check_at(url: &str, set: &str) -> i32 {
    let _turn = one_at_a_time();
    Turnback::new(&["-D", url, "--set", set, "check"]).run().code
}

fn notices(database: &Database, set: &str, loss: &str) -> bool {
    let broken = database.copy();
    broken.psql(loss);
    check_at(&broken.url(), set) == 4
}

#[test]
fn they_fail_where_anything_of_the_set_is_missing() {
    let mut unnoticed = Vec::new();
    for place in each() {
        place.run(&["migrate"]).expect_code(0);
        let losses = match &place.at {
            Either::Postgres(database) => database.psql(LOSSES),
            Either::Sqlite(file) => file.query(SQLITE_LOSSES),
        };
        assert!(losses.lines().count() > 5, "{losses}");
        for loss in losses.lines() {
            let noticed = match &place.at {
                Either::Postgres(database) => notices(database, place.name, loss),
                Either::Sqlite(file) => {
                    let whole = std::fs::read(file.path()).unwrap();
                    file.execute(loss);
                    let code = check_at(&file.url(), place.name);
                    std::fs::write(file.path(), whole).unwrap();
                    code == 4
                }
            };
            if !noticed {
                unnoticed.push(format!("{}: {loss}", place.name));
            }
        }
    }
    assert!(unnoticed.is_empty(), "{}", unnoticed.join("\n"));
}
