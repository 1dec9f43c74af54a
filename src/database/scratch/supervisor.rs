//! The shell that outlives turnback: it ends what was started and removes the directory.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};

use super::place::Place;
use super::server_user::{ServerUser, run_as, server_command};
use super::sweep::end_server;

/// When the other end of its standard input closes, for whatever reason turnback ended, it ends
/// the server, then the programs of its process group that are still at work, and removes the
/// directory. One of these may have made a file meanwhile: hence another try.
///
/// A shell starts what runs in the background with SIGQUIT ignored, and until the server has set
/// itself up any signal may be lost: hence it is sent until nobody is there to take it.
const SCRIPT: &str = r#"
directory=$1 server=
shift
finish() {
    trap '' HUP INT TERM
    if [ -n "$server" ]; then
        while kill -s QUIT "$server"; do
            sleep 0.02 || sleep 1
        done
        wait "$server"
    fi
    kill -s TERM 0
    cd /
    for pause in 0.1 1 1; do
        rm -rf "$directory" && break
        sleep "$pause"
    done
}
trap finish EXIT
trap 'exit 0' HUP INT TERM
while read -r order; do
    "$@" </dev/null >>"$directory/log" 2>&1 &
    server=$!
done
"#;

/// A directory, and the shell that looks after it. Dropping it removes the directory.
#[derive(Debug)]
pub(super) struct Supervisor {
    place: Place,
    shell: Child,
    orders: Option<ChildStdin>,
}

impl Supervisor {
    /// Looks after a directory. The server, if there is to be one, is started later.
    pub(super) fn new(place: Place, server: &[OsString]) -> io::Result<Self> {
        let mut shell = server_command("/bin/sh");
        shell.args(["-c", SCRIPT, "turnback-scratch"]).arg(place.path()).args(server);
        // A group of its own, so that Ctrl-C in the terminal reaches turnback only.
        shell.process_group(0).current_dir(place.path()).stdin(Stdio::piped());
        // Whoever has the lock open holds it, so this directory is in use until the shell ends.
        shell.stdout(Stdio::null()).stderr(place.share()?);
        run_as(&mut shell, place.user());
        let spawned = shell.spawn();
        let mut shell = spawned.inspect_err(|_| drop(fs::remove_dir_all(place.path())))?;
        let orders = shell.stdin.take();
        Ok(Self { place, shell, orders })
    }

    pub(super) fn path(&self) -> &Path {
        self.place.path()
    }

    pub(super) fn user(&self) -> Option<ServerUser> {
        self.place.user()
    }

    /// The process group that ends with the supervisor, if need be.
    pub(super) fn group(&self) -> i32 {
        i32::try_from(self.shell.id()).expect("the system's process ids are ints")
    }

    /// Starts the server, without waiting until it is ready.
    pub(super) fn start(&mut self) -> io::Result<()> {
        let orders = self.orders.as_mut().expect("only `drop` takes it");
        orders.write_all(b"start\n")
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.orders = None;
        let _ = self.shell.wait();
        // Somebody may have killed it before it was done.
        if self.place.path().exists() {
            end_server(self.place.path(), self.place.user());
            let _ = fs::remove_dir_all(self.place.path());
        }
    }
}
