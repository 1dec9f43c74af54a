//! The catalog of a PostgreSQL database: every change of a schema shows in it, and nothing else
//! does.

mod changed_code;
mod changed_tables;
mod changed_types;
mod changes;
mod indexes;
mod once;
mod restored;
mod unchanged;

use std::sync::LazyLock;

use turnback::catalog::{Catalog, Change, Scope, differences};
use turnback::database::{Interrupt, Session, open};
use turnback::settings::{Connection, Environment, libpq};

use crate::support::{Cluster, Database};

/// Makes a populated schema with something of everything.
const RICH: &str = include_str!("rich.sql");

/// The roles that it speaks of. They belong to the server.
static ROLES: LazyLock<()> = LazyLock::new(|| {
    Cluster::shared().psql(
        "CREATE ROLE catalog_owner; CREATE ROLE catalog_writer; \
         CREATE ROLE catalog_reader LOGIN",
    );
});

/// A database that holds the rich schema and that nobody changes, to be copied.
fn template() -> &'static Database {
    static TEMPLATE: LazyLock<Database> = LazyLock::new(|| {
        let database = empty();
        database.psql(RICH);
        database
    });
    &TEMPLATE
}

/// A database without anything, beside the roles.
fn empty() -> Database {
    LazyLock::force(&ROLES);
    let database = Cluster::shared().database();
    database.psql(&format!("GRANT CREATE ON DATABASE {} TO catalog_owner", database.name()));
    database
}

/// A session as turnback's own, with the user's environment left out.
fn session_at(url: &str) -> Box<dyn Session> {
    let parameters = libpq::resolve(Some(url), &Environment::default());
    let parameters = parameters.expect("the harness writes sound URLs");
    open(&Connection::Postgres(Box::new(parameters)), &Interrupt::default())
        .unwrap_or_else(|error| panic!("{error}"))
}

fn session(database: &Database) -> Box<dyn Session> {
    session_at(&database.url())
}

fn read(session: &mut dyn Session) -> Catalog {
    session.read_catalog(&Scope::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// The catalog of a database, read once.
fn catalog(database: &Database) -> Catalog {
    read(&mut *session(database))
}

/// What differs, a line each: `altered column app.users.name`.
fn changes(expected: &Catalog, actual: &Catalog) -> Vec<String> {
    let differences = differences(expected, actual);
    let mut lines: Vec<String> =
        differences.iter().map(|it| format!("{} {}", it.change.word(), it.key)).collect();
    lines.sort();
    // The digest tells what matters, and nothing else.
    let same = differences.iter().all(|it| it.change == Change::Minor);
    assert_eq!(expected.digest() == actual.digest(), same, "{lines:?}");
    lines
}

/// Fails unless two catalogs agree in everything, with what differs if they do not.
#[track_caller]
fn assert_same(expected: &Catalog, actual: &Catalog, when: &str) {
    let found = differences(expected, actual);
    assert!(found.is_empty(), "{when}: {found:#?}");
    assert_eq!(expected.digest(), actual.digest(), "{when}");
}
