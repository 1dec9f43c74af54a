//! The checks of each set: they pass where it is whole, leave nothing, and notice what is broken.

use super::{Place, assert_same, each, each_postgres};
use crate::support::{Cluster, Database, Either, OtherSession, PATIENCE, Turnback, poll};

#[track_caller]
fn assert_passes(place: &Place, args: &[&str]) {
    let before = place.everything();
    let run = place.run(&[args, &["check", "--format", "json"]].concat());
    let report = run.json();
    assert_eq!((run.code, &report["failed"]), (0, &0.into()), "{}: {run}", place.name);
    assert_eq!(report["skipped"], skipped(&run.json()), "{}: {run}", place.name);
    assert!(report["passed"].as_u64() > Some(0), "{run}");
    assert_same(&place.everything(), &before, place.name);
    if let Either::Postgres(database) = &place.at {
        let roles = r"SELECT count(*) FROM pg_roles WHERE rolname LIKE 'turnback\_check\_%'";
        assert_eq!(database.psql(roles), "0", "{}", place.name);
    }
}

/// A superuser skips only what an adopted table or an older server cannot have.
fn skipped(report: &serde_json::Value) -> usize {
    let checks = report["checks"].as_array().expect("it lists them");
    let needs = checks.iter().filter_map(|check| check["needs"].as_str());
    let lacks_a_role = |needs: &&str| {
        (needs.contains("rolsuper") || needs.contains("turnback_check.role"))
            && (Cluster::major() >= 15 || !needs.contains("server_version_num"))
    };
    needs.filter(|needs| !lacks_a_role(needs)).count()
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

/// Holds up every GRANT as long as the session `holder` is there. A lock would be waited for only
/// so long.
const SLOW_GRANTS: &str = "
    CREATE FUNCTION hold_up() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN
        WHILE EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'holder'
                         AND datname = current_database()) LOOP
            PERFORM pg_sleep(0.1), pg_stat_clear_snapshot();
        END LOOP;
    END $$;
    CREATE EVENT TRIGGER hold_up ON ddl_command_end WHEN TAG IN ('GRANT')
        EXECUTE FUNCTION hold_up()";

/// A role belongs to the whole server, unlike all else that checks make.
#[test]
fn those_of_two_databases_do_not_wait_for_each_other() {
    for (one, other) in each_postgres().into_iter().zip(each_postgres()) {
        let Either::Postgres(database) = &one.at else { unreachable!("those were chosen") };
        one.run(&["migrate"]).expect_code(0);
        other.run(&["migrate"]).expect_code(0);
        database.psql(SLOW_GRANTS);
        let holder = OtherSession::holding(database, "holder", "");
        let url = database.url();
        let mut first = Turnback::new(&["-D", &url, "--set", one.name, "check"]).spawn();
        let held = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' \
                    AND application_name = 'turnback' AND datname = current_database()";
        poll(PATIENCE, || (database.psql(held) == "1").then_some(()))
            .unwrap_or_else(|| panic!("{} grants its role nothing", one.name));
        assert_passes(&other, &[]);
        assert!(first.is_running(), "{}", one.name);
        holder.end();
        first.wait().expect_code(0);
    }
}

#[test]
fn they_leave_alone_a_role_that_is_called_after_them() {
    let cluster = Cluster::shared();
    cluster.psql("CREATE ROLE turnback_check");
    for place in each_postgres() {
        place.run(&["migrate"]).expect_code(0);
        assert_passes(&place, &[]);
    }
    // A grant in any database would keep it from being dropped.
    cluster.psql("DROP ROLE turnback_check");
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
