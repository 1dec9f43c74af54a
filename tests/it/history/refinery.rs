//! An application that embeds the same files with refinery, and turnback, on one database.

use std::path::Path;

use refinery_core::{Migration, Runner, load_sql_migrations};

use super::{Given, states};

/// Versions that need 64 bits.
const FIRST: i64 = 20_260_131_120_000;
const SECOND: i64 = 20_260_131_130_000;

/// Printed by refinery-core 0.10.1 built without `int8-versions`, for `V3__initial` and this text.
const INT4_CHECKSUM: u64 = 15_858_927_999_769_101_892;
const INT4_TEXT: &str = "CREATE TABLE persons (id int);";

/// The application's runner: it stops at anything that is not as its files say.
fn runner(project: &Path) -> Runner {
    let migrations: Vec<Migration> =
        load_sql_migrations(project.join("migrations")).expect("refinery reads the same names");
    Runner::new(&migrations).set_abort_divergent(true).set_abort_missing(true)
}

/// Starts the application; returns the versions that it applied.
fn application(given: &Given) -> Vec<i64> {
    let runner = runner(given.project.path());
    let report = match &given.database {
        None => runner.run(&mut given.sqlite_connection()).expect("refinery agrees"),
        Some(database) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("there are threads").block_on(async {
                let url = database.url();
                let connected = tokio_postgres::connect(&url, tokio_postgres::NoTls).await;
                let (mut client, connection) = connected.expect("the server is there");
                let driver = tokio::spawn(connection);
                let report = runner.run_async(&mut client).await.expect("refinery agrees");
                drop(client);
                driver.await.expect("it does not panic").expect("the connection holds");
                report
            })
        }
    };
    report.applied_migrations().iter().map(Migration::version).collect()
}

fn timestamps(given: Given) -> Given {
    let project = &given.project;
    project.migration(FIRST, "users", "CREATE TABLE users (id int);\n", "DROP TABLE users;");
    let (up, down) = ("ALTER TABLE users ADD name text;\n", "ALTER TABLE users DROP name;");
    project.migration(SECOND, "names", up, down);
    given
}

#[test]
fn an_application_sees_what_turnback_applied_and_applies_nothing() {
    for given in Given::each().map(timestamps) {
        given.project.run(&["migrate"]).expect_code(0);
        assert_eq!(application(&given), Vec::<i64>::new());
        // What was rolled back, it applies again.
        given.project.run(&["rollback", "--force"]).expect_code(0);
        assert_eq!(application(&given), [SECOND]);
    }
}

#[test]
fn an_application_sees_an_adopted_version_as_applied() {
    for given in Given::each() {
        given.sql("CREATE TABLE users (id int)");
        let script = "-- turnback:adopt-if table users\nCREATE TABLE users (id int);\n";
        given.project.migration(FIRST, "users", script, "DROP TABLE users;");
        given.project.run(&["migrate"]).expect_code(0);
        assert_eq!(given.states(), states([(FIRST, "adopted")]));
        assert_eq!(application(&given), Vec::<i64>::new());
    }
}

#[test]
fn an_application_sees_scripts_that_ran_without_a_transaction() {
    let given = timestamps(Given::postgres());
    let script =
        "-- turnback:transaction off\nCREATE INDEX CONCURRENTLY by_name ON users (name);\n";
    given.project.migration(SECOND + 1, "by_name", script, "DROP INDEX by_name;");
    given.project.run(&["migrate"]).expect_code(0);
    assert_eq!(application(&given), Vec::<i64>::new());
}

#[test]
fn turnback_sees_what_an_application_applied_and_rolls_it_back() {
    for given in Given::each().map(timestamps) {
        assert_eq!(application(&given), [FIRST, SECOND]);
        assert_eq!(given.states(), states([(FIRST, "applied"), (SECOND, "applied")]));
        let run = given.project.run(&["migrate"]).expect_code(0);
        assert!(run.stdout.contains("nothing left to apply"), "{run}");
        given.project.run(&["rollback", "--force"]).expect_code(0);
        assert_eq!(given.states(), states([(FIRST, "applied"), (SECOND, "pending")]));
        assert_eq!(application(&given), [SECOND]);
        given.project.run(&["rollback", "--all", "--force"]).expect_code(0);
        assert!(!given.has_table("users"));
        // The table is the application's, so it stays for it.
        assert!(given.has_table("refinery_schema_history"));
    }
}

#[test]
fn each_goes_on_where_the_other_stopped() {
    for given in Given::each().map(timestamps) {
        assert_eq!(application(&given), [FIRST, SECOND]);
        let (up, down) = ("CREATE TABLE third (a int);\n", "DROP TABLE third;");
        given.project.migration(SECOND + 1, "third", up, down);
        given.project.run(&["migrate"]).expect_code(0);
        let (up, down) = ("CREATE TABLE fourth (a int);\n", "DROP TABLE fourth;");
        given.project.migration(SECOND + 2, "fourth", up, down);
        assert_eq!(application(&given), [SECOND + 2]);
        assert_eq!(application(&given), Vec::<i64>::new());
        given.project.run(&["rollback", "--all", "--force"]).expect_code(0);
        assert!(!given.has_table("users"));
    }
}

#[test]
fn a_file_that_changed_since_the_application_applied_it_is_a_mismatch() {
    for given in Given::each().map(timestamps) {
        application(&given);
        let file = format!("migrations/V{SECOND}__names.sql");
        given.project.write(&file, "ALTER TABLE users ADD nickname text;\n");
        assert_eq!(given.states(), states([(FIRST, "applied"), (SECOND, "changed")]));
        given.project.run(&["migrate"]).expect_code(4);
    }
}

#[test]
fn what_an_application_applied_without_its_files_cannot_be_rolled_back() {
    let given = timestamps(Given::postgres());
    application(&given);
    given.project.remove(&format!("migrations/V{SECOND}__names.sql"));
    given.project.remove(&format!("rollbacks/V{SECOND}__names.sql"));
    let run = given.project.run(&["rollback", "--force"]).expect_code(4);
    assert!(run.stderr.contains("its rollback is neither recorded nor among the files"), "{run}");
    assert!(run.stderr.contains("next: an application applied it; restore the set's files"));
}

/// Of what an application applied no catalog is on record.
#[test]
fn what_an_application_applied_is_verified_by_its_files_and_rolled_back_unproven() {
    for given in Given::each().map(timestamps) {
        assert_eq!(application(&given), [FIRST, SECOND]);
        let verified = given.project.run(&["verify"]).expect_code(0);
        assert!(verified.stdout.contains("warning: drift: no catalog is on record"), "{verified}");
        assert!(verified.stdout.ends_with("the files are as they should be\n"), "{verified}");
        let rolled_back = given.project.run(&["rollback", "--force"]).expect_code(0);
        let said = "no catalog is on record from before it, so nothing proves its rollback";
        assert!(rolled_back.stderr.contains(said), "{rolled_back}");
        // What it left is on record.
        let verified = given.project.run(&["verify"]).expect_code(3);
        assert!(!verified.stdout.contains("no catalog"), "{verified}");
        given.project.run(&["migrate"]).expect_code(0);
        given.project.run(&["verify"]).expect_code(0);
        let proven = given.project.run(&["rollback", "--force"]).expect_code(0);
        assert_eq!(proven.stderr, "");
    }
}

/// The build of refinery that these tests have reads 64-bit versions only.
#[test]
fn small_versions_are_as_refinerys_default_build_has_them() {
    for given in Given::each() {
        given.project.migration(3, "initial", INT4_TEXT, "DROP TABLE persons;");
        given.project.run(&["migrate"]).expect_code(0);
        let row = given.sql("SELECT version, name, checksum FROM refinery_schema_history");
        assert_eq!(row, format!("3|initial|{INT4_CHECKSUM}"));
        assert_eq!(version_type(&given), if given.is_postgres() { "integer" } else { "int4" });
        let applied_on = given.sql("SELECT applied_on FROM refinery_schema_history");
        let format = &time::format_description::well_known::Rfc3339;
        time::OffsetDateTime::parse(&applied_on, format).expect("refinery unwraps it");
    }
}

fn version_type(given: &Given) -> String {
    given.sql(if given.is_postgres() {
        "SELECT data_type FROM information_schema.columns
         WHERE table_name = 'refinery_schema_history' AND column_name = 'version'"
    } else {
        "SELECT type FROM pragma_table_info('refinery_schema_history') WHERE name = 'version'"
    })
}

/// From then on the application is built for 64 bits, and its checksums of all files are others.
#[test]
fn the_history_grows_wider_with_the_first_timestamp() {
    for given in Given::each() {
        let given = given.applied();
        assert!(version_type(&given).starts_with("int"));
        let given = timestamps_beside(given);
        given.project.run(&["migrate"]).expect_code(0);
        if given.is_postgres() {
            assert_eq!(version_type(&given), "bigint");
        }
        let versions = [(1, "applied"), (2, "applied"), (3, "applied"), (FIRST, "applied")];
        assert_eq!(given.states(), states(versions));
        assert_eq!(application(&given), Vec::<i64>::new());
        given.project.run(&["rollback", "--all", "--force"]).expect_code(0);
        assert_eq!(application(&given), [1, 2, 3, FIRST]);
    }
}

/// A small version and a timestamp, both pending.
fn timestamps_beside(given: Given) -> Given {
    given.project.migration(3, "third", "CREATE TABLE third (a int);\n", "DROP TABLE third;");
    given.project.migration(FIRST, "late", "CREATE TABLE late (a int);\n", "DROP TABLE late;");
    given
}
