//! A server that somebody named.

use turnback::database::{DatabaseError, ScratchError};
use turnback::model::{Diagnose as _, Globals};
use turnback::settings::{Connection, Environment, ScratchChoice, libpq};

use super::{Asker, ask, run};
use crate::support::{Cluster, Pooler};

fn server(url: &str) -> ScratchChoice {
    let environment = Environment::of([("", ""); 0], "/");
    ScratchChoice::Server(Box::new(libpq::resolve(Some(url), &environment).unwrap()))
}

const SCRATCH_DATABASES: &str =
    "SELECT string_agg(datname, ',') FROM pg_database WHERE datname LIKE 'turnback_scratch_%'";

#[test]
fn its_databases_have_telling_names_and_are_dropped() {
    let cluster = Cluster::private(&[]);
    let database = cluster.database();
    let mut scratch = Asker::new(server(&database.url())).open().unwrap();
    assert!(scratch.describe().starts_with("new databases on postgres://postgres@127.0.0.1:"));
    let first = scratch.database().unwrap();
    run(&first, "CREATE TABLE t (a int)");
    let copy = scratch.clone_of(&first).unwrap();
    assert_eq!(ask(&copy, "SELECT count(*) FROM t"), "0");
    assert_eq!(cluster.psql(SCRATCH_DATABASES).split(',').count(), 2);
    // Its roles and tablespaces are its own.
    let globals = Globals {
        roles: vec!["nobody_here".to_owned()],
        current_role: Some("runner".to_owned()),
        database: Some("live".to_owned()),
        tablespaces: vec!["fast".to_owned()],
    };
    scratch.mirror(&globals).unwrap();
    assert_eq!(cluster.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'runner'"), "0");
    assert_eq!(cluster.psql("SELECT count(*) FROM pg_tablespace WHERE spcname = 'fast'"), "0");
    assert_ne!(ask(&scratch.database().unwrap(), "SELECT current_database()"), "live");
    drop((first, copy));
    assert_eq!(cluster.psql(SCRATCH_DATABASES), "");
}

#[test]
fn the_live_server_is_used_where_that_was_asked_for() {
    let database = Cluster::shared().database();
    let ScratchChoice::Server(live) = server(&database.url()) else { unreachable!() };
    let mut asker = Asker::new(ScratchChoice::SameServer);
    assert!(matches!(asker.open(), Err(ScratchError::NoLiveServer)));
    asker.live = Some(Connection::Postgres(live));
    let scratch = asker.open().unwrap();
    let name = ask(&scratch.database().unwrap(), "SELECT current_database()");
    assert!(name.starts_with("turnback_scratch_"), "{name}");
}

#[test]
fn asked_to_stop_its_databases_are_dropped_all_the_same() {
    let cluster = Cluster::private(&[]);
    let home = cluster.database();
    let asker = Asker::new(server(&home.url()));
    let scratch = asker.open().unwrap();
    let database = scratch.database().unwrap();
    asker.interrupt.raise();
    assert!(matches!(scratch.database(), Err(ScratchError::Interrupted)));
    drop(database);
    assert_eq!(cluster.psql(SCRATCH_DATABASES), "");
}

#[test]
fn only_what_dead_runs_left_is_swept() {
    let cluster = Cluster::private(&[]);
    let home = cluster.database();
    let living = Asker::new(server(&home.url())).open().unwrap();
    let kept = living.database().unwrap();
    let Connection::Postgres(parameters) = kept.connection() else { unreachable!() };
    let kept_name = parameters.database.clone();
    let lookalike = "turnback_scratch_notes";
    for name in ["turnback_scratch_0badcafe_1", "turnback_scratch_0badcafe_12", lookalike] {
        cluster.psql(&format!("CREATE DATABASE {name}"));
    }
    drop(Asker::new(server(&home.url())).open().unwrap());
    let mut left: Vec<String> =
        cluster.psql(SCRATCH_DATABASES).split(',').map(str::to_owned).collect();
    left.sort();
    let mut expected = [kept_name, lookalike.to_owned()];
    expected.sort();
    assert_eq!(left, expected);
}

#[test]
fn a_role_that_may_not_make_databases_is_told_so() {
    let cluster = Cluster::private(&[]);
    cluster.psql("CREATE ROLE mouse LOGIN");
    let database = cluster.database();
    let url = database.url().replace("postgres@", "mouse@");
    let Err(error) = Asker::new(server(&url)).open().unwrap().database() else {
        panic!("it may not")
    };
    assert!(matches!(error, ScratchError::MayNotCreate { .. }), "{error}");
    assert!(error.problem().hints[0].contains("CREATEDB"));
}

#[test]
fn a_pooler_is_no_place_for_them() {
    let database = Cluster::shared().database();
    let pooler = Pooler::transaction(&database);
    let refused = Asker::new(server(pooler.url())).open();
    assert!(matches!(refused, Err(ScratchError::Database(DatabaseError::Pooler { .. }))));
}
