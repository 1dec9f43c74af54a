//! A streaming replica on the same machine.

use std::cell::Cell;
use std::fs::OpenOptions;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::binaries::POSTGRES;
use super::cluster::Cluster;
use super::database::{Database, Psql};
use super::place::{Place, as_server_user};
use super::{PATIENCE, poll};

/// A second server that follows a first one, gone when the value is.
pub struct Replica {
    server: Cluster,
    primary: Psql,
    /// Its application name, by which the primary knows it.
    name: String,
    /// The process that was told to stop receiving.
    stopped: Cell<Option<Pid>>,
}

impl Replica {
    /// What a server needs to be followed. What a replica has not received yet is kept for it.
    pub const PRIMARY: &'static [(&'static str, &'static str)] =
        &[("wal_level", "replica"), ("max_wal_senders", "4"), ("wal_keep_size", "1GB")];

    /// Copies the server while it runs, and returns once the copy follows it.
    pub fn of(primary: &Cluster) -> Self {
        let place = Place::claim("pg-replica");
        let name = place.path().file_name().expect("it was claimed by name").to_string_lossy();
        let name = name.into_owned();
        let primary = primary.access().clone();
        copy(&primary, &place);
        follow(&primary, &place, &name);
        let server = Cluster::serve(place, Vec::new());
        let replica = Self { server, primary, name, stopped: Cell::new(None) };
        poll(PATIENCE, || (replica.seen("state") == "streaming").then_some(()))
            .unwrap_or_else(|| panic!("the replica does not stream:\n{}", replica.server.log()));
        replica
    }

    /// The way to a database of the primary, on the replica.
    pub fn url(&self, database: &Database) -> String {
        database.url_through(self.server.port())
    }

    /// Reads a database of the primary on the replica.
    pub fn psql(&self, database: &Database, sql: &str) -> String {
        self.server.access().run(database.name(), sql)
    }

    /// How much of what the primary has written cannot be read here yet.
    pub fn lag_bytes(&self) -> u64 {
        let lag = self.seen("pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)");
        lag.parse().unwrap_or_else(|_| panic!("the replica is not connected: {lag:?}"))
    }

    /// Waits until all that the primary has written can be read here.
    pub fn catch_up(&self) {
        let end = self.primary.run("postgres", "SELECT pg_current_wal_lsn()");
        let there = format!("coalesce(replay_lsn >= '{end}', false)");
        poll(PATIENCE, || (self.seen(&there) == "t").then_some(()))
            .unwrap_or_else(|| panic!("the replica stays behind:\n{}", self.server.log()));
    }

    /// Receives, but what is received cannot be read: as where a long query stands in the way.
    pub fn pause_replay(&self) {
        self.server.psql("SELECT pg_wal_replay_pause()");
        let state = || self.server.psql("SELECT pg_get_wal_replay_pause_state()");
        poll(PATIENCE, || (state() == "paused").then_some(())).expect("replay is idle or pauses");
    }

    pub fn resume_replay(&self) {
        self.server.psql("SELECT pg_wal_replay_resume()");
    }

    /// Takes nothing from the network any more, and stays connected: as where that is too slow.
    pub fn stop_receiving(&self) {
        let pid = self.server.psql("SELECT pid FROM pg_stat_wal_receiver");
        let pid = pid.parse().ok().and_then(Pid::from_raw).expect("a replica that streams has one");
        kill_process(pid, Signal::STOP).expect("the process is ours");
        self.stopped.set(Some(pid));
    }

    pub fn receive_again(&self) {
        if let Some(pid) = self.stopped.take() {
            // The server may be gone by now.
            let _ = kill_process(pid, Signal::CONT);
        }
    }

    /// Lets what is received be read for a tenth of the time only, as on a machine with too much to
    /// do, until a query on a database finds something. Returns the longest it was behind.
    pub fn be_slow(&self, database: &Database, until: &str) -> Duration {
        let slow = format!(
            "DO $$ DECLARE longest float8 := 0; behind float8; found int; BEGIN LOOP
                 PERFORM pg_wal_replay_pause();
                 PERFORM pg_sleep(0.09);
                 SELECT extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
                   INTO behind WHERE pg_last_wal_receive_lsn() <> pg_last_wal_replay_lsn();
                 longest := greatest(longest, behind);
                 PERFORM pg_wal_replay_resume();
                 PERFORM pg_sleep(0.01);
                 EXECUTE {} INTO found;
                 COMMIT;
                 EXIT WHEN found IS NOT NULL;
             END LOOP; PERFORM set_config('test.longest', longest::text, false); END $$;
             SELECT current_setting('test.longest')",
            format_args!("'{}'", until.replace('\'', "''"))
        );
        let longest = self.psql(database, &slow).trim().parse();
        Duration::from_secs_f64(longest.expect("it is a number of seconds"))
    }

    /// A column of what the primary says of this replica; empty if it is not connected.
    fn seen(&self, column: &str) -> String {
        let name = &self.name;
        let sql =
            format!("SELECT {column} FROM pg_stat_replication WHERE application_name = '{name}'");
        self.primary.run("postgres", &sql)
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        // A server waits for a process that does not move before it ends it by force.
        self.receive_again();
    }
}

/// The primary's data directory, as of now.
fn copy(primary: &Psql, place: &Place) {
    let mut command = Command::new(POSTGRES.program("pg_basebackup"));
    command.env_clear().arg("-h").arg(&primary.sockets).arg("-p").arg(primary.port.to_string());
    command.args(["-U", "postgres", "--checkpoint=fast", "--no-sync", "--wal-method=stream", "-D"]);
    command.arg(place.path().join("data"));
    let output = as_server_user(&mut command, place).stdin(Stdio::null()).output();
    let output = output.expect("it was found beside the server, so it can be run");
    assert!(
        output.status.success(),
        "the server was not copied (does it have `Replica::PRIMARY`?):\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Makes the copy a replica. The primary waits for it without end: a stopped one is not cut off.
fn follow(primary: &Psql, place: &Place, name: &str) {
    let Psql { sockets, port } = primary;
    let line = format!(
        "primary_conninfo = 'host={} port={port} user=postgres application_name={name} \
         options=-cwal_sender_timeout=0'\n",
        sockets.display()
    );
    let settings = place.path().join("data/postgresql.auto.conf");
    let settings = OpenOptions::new().append(true).open(settings);
    let mut settings = settings.expect("every data directory has it");
    settings.write_all(line.as_bytes()).expect("the file is ours");
    place.secret("data/standby.signal", "");
}
