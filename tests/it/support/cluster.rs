//! Throwaway PostgreSQL servers.

use std::ffi::OsString;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::binaries::POSTGRES;
use super::daemon::Daemon;
use super::database::{Database, Psql};
use super::place::{Place, as_server_user, copy_tree};
use super::{PATIENCE, poll};

/// Fast, because no crash of the machine has to be survived, yet with room for parallel tests. What
/// the server knows of a table's rows is what a test has it count, and not what it came to meanwhile.
const SETTINGS: &str = "
fsync = off
autovacuum = off
wal_level = minimal
max_wal_senders = 0
max_connections = 200
shared_buffers = 64MB
dynamic_shared_memory_type = mmap
listen_addresses = '127.0.0.1'
log_line_prefix = '%m [%p] '
timezone = 'UTC'
log_timezone = 'UTC'
";

/// A PostgreSQL server of this test process, gone when the process is.
pub struct Cluster {
    daemon: Daemon,
    psql: Psql,
}

impl Cluster {
    /// The server that all tests of this process share, each with a database of its own.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Cluster> = LazyLock::new(|| Cluster::private(&[]));
        &SHARED
    }

    /// A server for one test: to crash it, or to change its settings.
    pub fn private(settings: &[(&str, &str)]) -> Self {
        Self::in_place(Place::claim("pg"), settings, None)
    }

    /// Sets up a server in a place, with other rules of who may connect if any are given.
    pub(super) fn in_place(place: Place, settings: &[(&str, &str)], access: Option<&str>) -> Self {
        Self::set_up(&place, settings, access);
        Self::serve(place, Vec::new())
    }

    fn set_up(place: &Place, settings: &[(&str, &str)], access: Option<&str>) {
        let data = place.path().join("data");
        initialise(place, &data);
        let conf = data.join("postgresql.conf");
        let mut text = fs::read_to_string(&conf).expect("initdb wrote it");
        text.push_str(SETTINGS);
        for (name, value) in settings {
            text.extend([name, " = '", value, "'\n"]);
        }
        text.push_str("include 'listen.conf'\n");
        fs::write(&conf, text).expect("the file is ours");
        if let Some(access) = access {
            fs::write(data.join("pg_hba.conf"), access).expect("the file is ours");
        }
    }

    /// A server for one test, started by a program that is given its command line at the end of its
    /// own.
    pub(super) fn below(place: Place, program: Vec<OsString>) -> Self {
        Self::set_up(&place, &[], None);
        Self::serve(place, program)
    }

    /// Starts the server of a place that has its data directory, set up as `in_place` does, below a
    /// program if one is named.
    pub(super) fn serve(place: Place, program: Vec<OsString>) -> Self {
        let data = place.path().join("data");
        let sockets = place.directory("s", 0o755);
        let mut command = program;
        command.extend([POSTGRES.program("postgres").into(), "-D".into(), data.into()]);
        let daemon = Daemon::new(place, "QUIT", &command);
        let mut cluster = Self { daemon, psql: Psql { sockets, port: 0 } };
        // Between choosing a free port and using it, somebody else may take it.
        let started = (0..5).any(|_| {
            cluster.psql.port = free_port();
            cluster.listen_and_start()
        });
        assert!(started, "the test server found no free port:\n{}", cluster.daemon.log());
        cluster
    }

    /// A new, empty database.
    pub fn database(&self) -> Database {
        Database::create(&self.psql, "template0")
    }

    /// Runs SQL in the server's own database, for what concerns the whole server.
    pub fn psql(&self, sql: &str) -> String {
        self.psql.run("postgres", sql)
    }

    /// Makes a tablespace of this name.
    pub fn tablespace(&self, name: &str) {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = self.sockets().join(format!("tablespace-{number}"));
        // The server's user must own it.
        self.psql(&format!(
            "COPY (SELECT 1) TO PROGRAM 'mkdir {} && cat > /dev/null'",
            directory.display()
        ));
        let name = name.replace('"', "\"\"");
        self.psql(&format!("CREATE TABLESPACE \"{name}\" LOCATION '{}'", directory.display()));
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.psql.port
    }

    /// The directory of its Unix socket.
    pub fn sockets(&self) -> &Path {
        &self.psql.sockets
    }

    /// The major version of every server of this process.
    pub fn major() -> u32 {
        POSTGRES.major
    }

    pub(super) fn access(&self) -> &Psql {
        &self.psql
    }

    /// What the server wrote to its log.
    pub fn log(&self) -> String {
        self.daemon.log()
    }

    /// Ends the server at once, as a crash would: nothing is flushed, sessions just break.
    pub fn crash(&mut self) {
        self.daemon.stop();
    }

    /// Starts the server after a crash, on the same port; it has recovered when this returns.
    pub fn start(&mut self) {
        assert!(self.listen_and_start(), "port {} was taken meanwhile", self.psql.port);
    }

    /// Starts the server; false if its port is in use.
    fn listen_and_start(&mut self) -> bool {
        let Psql { port, sockets } = &self.psql;
        let listen = format!("port = {port}\nunix_socket_directories = '{}'\n", sockets.display());
        let data = self.daemon.place().path().join("data");
        self.daemon.place().secret("data/listen.conf", &listen);
        let said_before = self.daemon.log().len();
        self.daemon.start();
        let outcome = poll(PATIENCE, || {
            let status = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
            if status.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
                return Some(true);
            }
            let log = self.daemon.log().split_off(said_before);
            if log.contains("could not create any TCP/IP sockets") {
                return Some(false);
            }
            let refused = log.contains("FATAL:") && !log.contains("the database system is");
            assert!(!refused, "the test server did not start:\n{log}");
            None
        });
        let ready = outcome.unwrap_or_else(|| {
            panic!("the test server was not ready in time:\n{}", self.daemon.log())
        });
        if !ready {
            self.daemon.stop();
        }
        ready
    }
}

/// A port of 127.0.0.1 that nobody listens on right now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
    listener.local_addr().expect("it is bound").port()
}

/// Fills a data directory from the copy that earlier runs kept under `target`, or by initdb.
fn initialise(place: &Place, data: &Path) {
    let kept = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!(
        "initdb-{}-{}",
        POSTGRES.version,
        std::env::consts::ARCH
    ));
    if kept.is_dir() && copy_tree(&kept, data).is_ok() {
        return;
    }
    let _ = fs::remove_dir_all(data);
    let first = initdb(place, data, "C.UTF-8");
    if let Err(first) = first {
        let _ = fs::remove_dir_all(data);
        let second = initdb(place, data, "C");
        second.unwrap_or_else(|second| panic!("initdb failed:\n{first}\n{second}"));
    }
    // Renaming makes it appear complete or not at all; when another process was faster, or the
    // directory is read-only, this run has all it needs already.
    let unfinished = kept.with_extension(format!("{}.tmp", std::process::id()));
    if copy_tree(data, &unfinished).is_err() || fs::rename(&unfinished, &kept).is_err() {
        let _ = fs::remove_dir_all(&unfinished);
    }
}

fn initdb(place: &Place, data: &Path, locale: &str) -> Result<(), String> {
    let mut command = Command::new(POSTGRES.program("initdb"));
    command.args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--username=postgres"]);
    command.arg("--wal-segsize=1").arg(format!("--locale={locale}")).arg("-D").arg(data);
    let output = as_server_user(&mut command, place).stdin(Stdio::null()).output();
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}
