//! A server process that cannot outlive the test process.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::place::{Place, as_server_user, shell};

/// Starts and stops the server on request. When the other end of its standard input closes, for
/// whatever reason the test process ended, it stops the server and deletes the directory.
const SUPERVISOR: &str = r#"
directory=$1 signal=$2 server=
shift 2
stop() {
    [ -n "$server" ] || return 0
    kill -s "$signal" "$server"
    wait "$server"
    server=
}
trap 'stop; rm -rf "$directory"' EXIT
trap 'exit 0' HUP INT TERM
while read -r order; do
    case $order in
    start) "$@" </dev/null >>"$directory/log" 2>&1 & server=$! ;;
    stop) stop ;;
    esac
    echo "$order"
done
"#;

/// A supervised server and its directory, which is deleted at the end.
pub struct Daemon {
    place: Place,
    supervisor: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Daemon {
    /// Prepares a server that ends on `signal`. It is not started yet.
    pub fn new<A: AsRef<OsStr>>(place: Place, signal: &str, command: &[A]) -> Self {
        let mut shell = Command::new(shell());
        shell.args(["-c", SUPERVISOR, "supervisor"]).arg(place.path()).arg(signal).args(command);
        // A group of its own, so that Ctrl-C in the tests' terminal reaches the tests only.
        shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        as_server_user(&mut shell, &place);
        let mut supervisor = shell.spawn().expect("a shell can be started");
        let orders = supervisor.stdin.take();
        let answers = supervisor.stdout.take().expect("it was asked to be a pipe");
        Self { place, supervisor, orders, answers: BufReader::new(answers) }
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Starts the server, without waiting until it is ready.
    pub fn start(&mut self) {
        self.order("start");
    }

    /// Ends the server with its signal and waits until it is gone. Its files stay.
    pub fn stop(&mut self) {
        self.order("stop");
    }

    /// All that the server said so far.
    pub fn log(&self) -> String {
        let bytes = fs::read(self.place.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn order(&mut self, order: &str) {
        let orders = self.orders.as_mut().expect("only `drop` takes it");
        writeln!(orders, "{order}").expect("the supervisor lives as long as its input is open");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the supervisor answers in plain text");
        assert_eq!(answer.trim(), order, "the supervisor of a test server died");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.orders = None;
        let _ = self.supervisor.wait();
    }
}
