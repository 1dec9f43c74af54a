//! A real PgBouncer.

use std::net::TcpStream;

use super::binaries::program;
use super::cluster::free_port;
use super::daemon::Daemon;
use super::database::Database;
use super::place::Place;
use super::{PATIENCE, poll};

/// A connection pooler in front of one server.
pub struct Pooler {
    // Kept for its end, which stops the pooler.
    _daemon: Daemon,
    url: String,
}

impl Pooler {
    /// Hands out a server connection for one transaction at a time.
    pub fn transaction(database: &Database) -> Self {
        Self::start(database, "transaction")
    }

    /// Hands out a server connection for as long as the client stays.
    pub fn session(database: &Database) -> Self {
        Self::start(database, "session")
    }

    /// The way to the database through the pooler.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn start(database: &Database, mode: &str) -> Self {
        let place = Place::claim("bouncer");
        let access = database.access();
        let (sockets, server_port, port) = (access.sockets.display(), access.port, free_port());
        // No start-up parameter is ignored, as in a pooler nobody has tuned for one client.
        let settings = format!(
            "[databases]\n\
             * = host={sockets} port={server_port} user=postgres\n\
             [pgbouncer]\n\
             listen_addr = 127.0.0.1\n\
             listen_port = {port}\n\
             unix_socket_dir =\n\
             auth_type = any\n\
             pool_mode = {mode}\n\
             default_pool_size = 20\n"
        );
        let file = place.secret("pgbouncer.ini", &settings);
        let mut daemon = Daemon::new(place, "KILL", &[program("pgbouncer"), file]);
        daemon.start();
        poll(PATIENCE, || TcpStream::connect(("127.0.0.1", port)).ok())
            .unwrap_or_else(|| panic!("pgbouncer does not answer:\n{}", daemon.log()));
        Self { _daemon: daemon, url: database.url_through(port) }
    }
}
