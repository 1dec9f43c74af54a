//! A server of its own.

use std::os::unix::fs::MetadataExt;
use std::thread;
use std::time::{Duration, Instant};

use turnback::database::{FetchRefusal, Interrupt, ScratchError, open};
use turnback::model::Diagnose as _;
use turnback::settings::{Connection, Environment, ScratchChoice, libpq};

use super::{Asker, ask, directory, processes_of, run};
use crate::support::Cluster;

#[test]
fn a_database_works_a_clone_has_its_rows_and_nothing_is_left() {
    let asker = Asker::new(ScratchChoice::Temporary);
    let scratch = asker.open().unwrap();
    assert!(scratch.describe().starts_with("a temporary PostgreSQL "), "{}", scratch.describe());
    let first = scratch.database().unwrap();
    let place = directory(&first);
    assert_eq!(std::fs::metadata(&place).unwrap().mode() & 0o777, 0o700);
    assert!(!processes_of(&place).is_empty());
    run(&first, "CREATE TABLE t AS SELECT 1 AS a");
    let copy = scratch.clone_of(&first).unwrap();
    run(&copy, "INSERT INTO t VALUES (2)");
    assert_eq!(ask(&copy, "SELECT count(*) FROM t"), "2");
    assert_eq!(ask(&first, "SELECT count(*) FROM t"), "1");
    let name = ask(&copy, "SELECT current_database()");
    drop(copy);
    let left = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    assert_eq!(ask(&first, &left), "0");
    // The databases keep their server.
    drop(scratch);
    assert_eq!(ask(&first, "SELECT count(*) FROM t"), "1");
    drop(first);
    assert!(!place.exists());
    assert_eq!(processes_of(&place), [""; 0]);
}

#[test]
fn databases_are_made_and_used_side_by_side() {
    let asker = Asker::new(ScratchChoice::Temporary);
    let scratch = asker.open().unwrap();
    let template = scratch.database().unwrap();
    run(&template, "CREATE TABLE t AS SELECT 1 AS a");
    thread::scope(|scope| {
        for number in 0..4 {
            let (scratch, template) = (&scratch, &template);
            scope.spawn(move || {
                let database = scratch.clone_of(template).unwrap();
                run(&database, &format!("INSERT INTO t VALUES ({number})"));
                assert_eq!(ask(&database, "SELECT count(*) FROM t"), "2");
            });
        }
    });
}

#[test]
fn the_second_server_starts_from_what_the_first_one_kept() {
    let asker = Asker::new(ScratchChoice::Temporary);
    drop(asker.open().unwrap());
    let kept: Vec<_> = std::fs::read_dir(asker.cache.path()).unwrap().flatten().collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(kept[0].file_name().to_string_lossy().starts_with("initdb-"));
    let database = asker.open().unwrap().database().unwrap();
    assert_eq!(ask(&database, "SHOW fsync"), "off");
}

#[test]
fn a_cache_that_cannot_be_written_is_done_without() {
    let mut asker = Asker::new(ScratchChoice::Temporary);
    asker.settings.cache = Some("/proc/turnback".into());
    let database = asker.open().unwrap().database().unwrap();
    assert_eq!(ask(&database, "SELECT 1"), "1");
}

#[test]
fn scripts_find_the_roles_and_tablespaces_of_the_live_server() {
    let cluster = Cluster::private(&[]);
    cluster.psql("CREATE ROLE app; CREATE ROLE \"Odd \"\"one\"\"\"; CREATE ROLE deployer LOGIN");
    cluster.tablespace("fast");
    cluster.tablespace("Odd \"one\"");
    let live = cluster.database();
    let url = live.url().replace("postgres@", "deployer@");
    let connection = libpq::resolve(Some(&url), &Environment::of([("", ""); 0], "/")).unwrap();
    let connection = Connection::Postgres(Box::new(connection));
    let mut globals = open(&connection, &Interrupt::default()).unwrap().read_globals().unwrap();
    assert_eq!(globals.roles, ["Odd \"one\"", "app", "deployer", "postgres"]);
    assert_eq!(globals.current_role.as_deref(), Some("deployer"));
    assert_eq!(globals.tablespaces, ["Odd \"one\"", "fast"]);

    let mut scratch = Asker::new(ScratchChoice::Temporary).open().unwrap();
    scratch.mirror(&globals).unwrap();
    let database = scratch.database().unwrap();
    assert_eq!(ask(&database, "SELECT current_user"), "deployer");
    assert_eq!(Some(ask(&database, "SELECT current_database()")), globals.database);
    run(&database, "CREATE TABLE t (a int)");
    run(&database, "GRANT SELECT ON t TO app, \"Odd \"\"one\"\"\"");
    run(&database, "ALTER TABLE t SET TABLESPACE \"Odd \"\"one\"\"\"");
    run(&database, "CREATE INDEX i ON t (a) TABLESPACE fast");
    let can = "SELECT string_agg(rolname, ',' ORDER BY rolname) FROM pg_roles \
               WHERE rolcanlogin AND rolsuper";
    assert_eq!(ask(&database, can), "deployer,postgres");
    // The second time they are there.
    globals.current_role = Some("postgres".to_owned());
    scratch.mirror(&globals).unwrap();
    assert_eq!(ask(&scratch.database().unwrap(), "SELECT current_user"), "postgres");
}

#[test]
fn without_a_server_the_ways_out_are_told() {
    let mut asker = Asker::new(ScratchChoice::Temporary);
    asker.settings.program_path.clear();
    asker.settings.server_places = vec!["/nonexistent/*/bin".into()];
    let Err(error) = asker.open() else { panic!("there is none") };
    assert!(matches!(&error, ScratchError::NoServer { fetch: FetchRefusal::Offline, .. }));
    let problem = error.problem();
    let hints = problem.hints.join("\n");
    for way in ["install PostgreSQL", "--scratch postgres://", "same-server", "--offline", "npm"] {
        assert!(hints.contains(way), "{hints}");
    }
    assert!(problem.notes.join("\n").contains("/nonexistent/*/bin"));
}

#[test]
fn asked_to_stop_nothing_is_started() {
    let asker = Asker::new(ScratchChoice::Temporary);
    asker.interrupt.raise();
    assert!(matches!(asker.open(), Err(ScratchError::Interrupted)));
}

#[test]
fn asked_to_stop_on_the_way_the_server_ends() {
    let first = Asker::new(ScratchChoice::Temporary);
    // From before initdb to after the start, and again without initdb.
    for moment in (0..200).step_by(40).chain((0..200).step_by(10)) {
        let mut asker = Asker::new(ScratchChoice::Temporary);
        asker.settings.cache.clone_from(&first.settings.cache);
        let interrupt = asker.interrupt.clone();
        let raised = thread::spawn(move || {
            thread::sleep(Duration::from_millis(moment));
            interrupt.raise();
        });
        let before = Instant::now();
        // It is dropped in here, which waits for the server's end.
        let outcome = asker.open().and_then(|scratch| scratch.database().map(drop));
        assert!(matches!(outcome, Ok(()) | Err(ScratchError::Interrupted)), "{outcome:?}");
        assert!(before.elapsed() < Duration::from_secs(20));
        raised.join().unwrap();
    }
}
