//! An application at work on the table, played by pgbench.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::support::{Database, poll};

/// Requests come from outside: as many whether they are answered quickly or not.
const REQUESTS_PER_SECOND: &str = "300";
const CLIENTS: &str = "4";
/// Longer than any way takes.
const WITHOUT_END: &str = "1000000";
/// How long it may take to answer what came in while the table was locked.
const CATCHING_UP: Duration = Duration::from_mins(10);
/// More than a line of the log is long.
const TAIL: u64 = 1_000;

/// The settings of a server that an application uses.
pub const SERVER: [(&str, &str); 5] = [
    // A million rows fit with their indexes, five million do not.
    ("shared_buffers", "1GB"),
    // As on a server in use: it has its share in what several statements or batches leave.
    ("autovacuum", "on"),
    // As a server that others follow.
    ("wal_level", "replica"),
    // Only as much as fits into memory beside the tables: the long ways bring checkpoints about.
    ("max_wal_size", "4GB"),
    // None by the clock, which would meet one way and spare the next.
    ("checkpoint_timeout", "1h"),
];

/// When something ran, in microseconds since 1970, as pgbench's log has it.
pub struct Window {
    begin: u64,
    end: u64,
}

impl Window {
    pub fn of(work: impl FnOnce()) -> Self {
        let begin = now();
        work();
        Self { begin, end: now() }
    }

    pub fn taken(&self) -> Duration {
        Duration::from_micros(self.end - self.begin)
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is right");
    since.as_micros().try_into().expect("it fits for half a million years")
}

/// The requests of the application, until stopped.
pub struct Load {
    pgbench: Child,
    /// With its script and its log.
    directory: TempDir,
}

impl Load {
    /// Sends the request again and again, in which `:rows` is how many rows there are.
    pub fn start(database: &Database, request: &str, rows: u32) -> Self {
        let programs = database.psql("SELECT setting FROM pg_config WHERE name = 'BINDIR'");
        let directory = tempfile::tempdir().expect("a temporary directory can be created");
        let script = directory.path().join("application.sql");
        fs::write(&script, request).expect("the directory is ours");
        let mut command = Command::new(Path::new(&programs).join("pgbench"));
        command.env_clear().current_dir(directory.path());
        command.args(["--no-vacuum", "--protocol=prepared", "--log", "--log-prefix=log"]);
        command.args(["-c", CLIENTS, "-j", "1", "-R", REQUESTS_PER_SECOND, "-T", WITHOUT_END]);
        command.arg(format!("--define=rows={rows}")).arg("--file").arg(&script);
        command.arg(database.socket_url()).stdin(Stdio::null()).stdout(Stdio::piped());
        let pgbench = command.spawn().expect("pgbench is installed beside the server");
        Self { pgbench, directory }
    }

    /// The latencies of the requests that came in within the window. Those that had to wait until
    /// it was over are among them.
    pub fn stop(mut self, window: &Window) -> Latencies {
        let ended = self.pgbench.try_wait().expect("it is our child");
        assert!(ended.is_none(), "pgbench ended early");
        let log = self.log();
        poll(CATCHING_UP, || last(&log).filter(|request| request.came_in > window.end))
            .expect("the application catches up");
        let reported = self.finish();
        let text = fs::read_to_string(&log).expect("pgbench has written it");
        let requests: Vec<Request> = text.lines().map(Request::read).collect();
        let count = format!("actually processed: {}\n", requests.len());
        assert!(reported.contains(&count), "its log is not complete:\n{reported}");
        let within = requests.iter().filter(|it| (window.begin..window.end).contains(&it.came_in));
        let mut latencies: Vec<u64> = within.map(|request| request.latency).collect();
        latencies.sort_unstable();
        Latencies(latencies)
    }

    /// Ends it as its own clock would: requests under way are answered, the log is written out.
    fn finish(&mut self) -> String {
        kill_process(Pid::from_child(&self.pgbench), Signal::ALARM).expect("it is our child");
        let mut reported = String::new();
        let mut stdout = self.pgbench.stdout.take().expect("it was asked to be a pipe");
        stdout.read_to_string(&mut reported).expect("its report is plain text");
        let status = self.pgbench.wait().expect("it is our child");
        assert!(status.success(), "pgbench failed:\n{reported}");
        reported
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join(format!("log.{}", self.pgbench.id()))
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        let _ = self.pgbench.kill();
        let _ = self.pgbench.wait();
    }
}

struct Request {
    /// When it was due, not when a client was free for it.
    came_in: u64,
    latency: u64,
}

impl Request {
    /// A line: client, number, time, script, the second and microsecond of its end, lag. With a
    /// rate, the time counts from when the request was due, and so has the lag in it.
    fn read(line: &str) -> Self {
        let words: Vec<&str> = line.split(' ').collect();
        let [_, _, latency, _, second, microsecond, _lag] = words[..] else {
            panic!("pgbench's log has other columns: {line:?}")
        };
        // A request that failed has a word there.
        let number = |word: &str| word.parse::<u64>().unwrap_or_else(|_| panic!("{line:?}"));
        let latency = number(latency);
        let end = number(second) * 1_000_000 + number(microsecond);
        Self { came_in: end - latency, latency }
    }
}

/// The last whole line that is in the file by now: pgbench writes in blocks.
fn last(log: &Path) -> Option<Request> {
    let mut file = File::open(log).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL))).ok()?;
    let mut tail = String::new();
    file.read_to_string(&mut tail).ok()?;
    let whole = &tail[..tail.rfind('\n')?];
    let (_, line) = whole.rsplit_once('\n')?;
    Some(Request::read(line))
}

/// In microseconds, sorted.
pub struct Latencies(Vec<u64>);

impl Latencies {
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The latency that this many of a thousand do not exceed, in milliseconds; 1,000 for the
    /// longest.
    pub fn per_mille(&self, share: usize) -> f64 {
        let rank = (self.0.len() * share).div_ceil(1_000).max(1);
        let latency = self.0.get(rank - 1).copied().unwrap_or_default();
        Duration::from_micros(latency).as_secs_f64() * 1_000.0
    }
}
