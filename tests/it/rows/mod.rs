//! Rows: their fingerprints, and rows made up for tables that have none.

mod digests;
mod later;
mod made_up;

use std::path::Path;

use turnback::database::{Interrupt, Session, open};
use turnback::settings::{Connection, Environment, SqliteLocation, libpq};

use crate::support::Either;

/// The library on a database.
fn session(place: &Either) -> Box<dyn Session> {
    let connection = match place {
        Either::Postgres(database) => {
            let nothing = Environment::of::<String, String>([], Path::new("/nonexistent"));
            let parameters = libpq::resolve(Some(&database.url()), &nothing);
            Connection::Postgres(Box::new(parameters.expect("the URL is complete")))
        }
        Either::Sqlite(file) => Connection::Sqlite(SqliteLocation::File(file.path())),
    };
    open(&connection, &Interrupt::default()).expect("the database is there")
}
