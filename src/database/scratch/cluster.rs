//! A `PostgreSQL` server of its own.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::installed::Installation;
use super::place::{Place, base, bases};
use super::server_user::ServerUser;
use super::supervisor::Supervisor;
use super::sweep::sweep;
use super::template::initialise;
use super::{ScratchError, tree};
use crate::database::Interrupt;
use crate::settings::ScratchSettings;

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often it is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(2);

/// The line of `postmaster.pid` that says how far it is.
const STATUS_LINE: usize = 7;

/// No crash has to be survived, nobody connects from elsewhere, and nothing happens unasked. A set
/// of a thousand tables in one transaction needs the locks.
const OPTIONS: [&str; 19] = [
    "listen_addresses=",
    "port=5432",
    "unix_socket_permissions=0700",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "dynamic_shared_memory_type=mmap",
    "shared_buffers=32MB",
    "max_connections=100",
    "max_locks_per_transaction=256",
    "checkpoint_timeout=1h",
    "autovacuum=off",
    "jit=off",
    "restart_after_crash=off",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_line_prefix=%m [%p] ",
];

/// A running server, reached over the socket in its directory. Dropping it ends it and removes
/// its directory.
#[derive(Debug)]
pub(super) struct Cluster {
    supervisor: Supervisor,
    /// The programs, where they had to be copied. Behind the server, which needs them to its end.
    _programs: Option<Supervisor>,
}

impl Cluster {
    /// Starts one. What dead runs left behind goes first.
    pub(super) fn start(
        installation: &Installation,
        settings: &ScratchSettings,
        user: Option<ServerUser>,
        interrupt: &Interrupt,
    ) -> Result<Self, ScratchError> {
        for base in bases(&settings.temporary) {
            sweep(&base, user);
        }
        let copied = if installation.is_reachable {
            None
        } else {
            Some(copy_programs(installation, &settings.temporary, user)?)
        };
        let programs = copied
            .as_ref()
            .map_or_else(|| installation.bin.clone(), |(_, programs)| programs.clone());
        let base = base(&settings.temporary);
        let cannot = |error| ScratchError::io(format!("cannot use {}", base.display()), error);
        let place = Place::claim(&base, user).map_err(cannot)?;
        let data = place.path().join("data");
        let command = command(installation, &programs, &data, place.path());
        let supervisor = Supervisor::new(place, &command).map_err(cannot)?;
        let cache = settings.cache.as_deref();
        initialise(installation, &programs, &supervisor, cache, interrupt)?;
        let mut cluster = Self { supervisor, _programs: copied.map(|(programs, _)| programs) };
        cluster.supervisor.start().map_err(cannot)?;
        cluster.wait_until_ready(&data, interrupt)?;
        Ok(cluster)
    }

    /// The directory of its socket.
    pub(super) fn sockets(&self) -> &Path {
        self.supervisor.path()
    }

    fn wait_until_ready(&self, data: &Path, interrupt: &Interrupt) -> Result<(), ScratchError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let status = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
            if status.lines().nth(STATUS_LINE).is_some_and(|line| line.trim() == "ready") {
                return Ok(());
            }
            let log = self.log();
            if log.contains("FATAL:") || log.contains("PANIC:") || Instant::now() > deadline {
                return Err(ScratchError::Start { log });
            }
            if interrupt.sleep(LOOK) {
                return Err(ScratchError::Interrupted);
            }
        }
    }

    fn log(&self) -> String {
        let bytes = match fs::read(self.supervisor.path().join("log")) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => error.to_string().into_bytes(),
            Ok(bytes) => bytes,
        };
        String::from_utf8_lossy(&bytes).trim().to_owned()
    }
}

fn command(
    installation: &Installation,
    programs: &Path,
    data: &Path,
    sockets: &Path,
) -> Vec<OsString> {
    let mut command: Vec<OsString> = vec![programs.join("postgres").into(), "-D".into()];
    command.extend([data.into(), "-k".into(), sockets.into()]);
    // Before 18 there is no choice.
    let direct_io = (installation.major >= 18).then_some("io_method=sync");
    for option in OPTIONS.into_iter().chain(direct_io) {
        command.extend(["-c".into(), option.into()]);
    }
    command
}

/// Copies the programs to where the server's user reaches them: the home of root is closed to
/// others. Memory will not do, programs in it often may not be run.
fn copy_programs(
    installation: &Installation,
    temporary: &Path,
    user: Option<ServerUser>,
) -> Result<(Supervisor, PathBuf), ScratchError> {
    let copy = || {
        let supervisor = Supervisor::new(Place::claim(temporary, user)?, &[])?;
        let root = installation.bin.parent().ok_or(ErrorKind::NotFound)?;
        let to = supervisor.path().join("programs");
        tree::copy(root, &to, user)?;
        Ok((supervisor, to.join("bin")))
    };
    copy().map_err(|error| {
        ScratchError::io(format!("cannot copy {}", installation.bin.display()), error)
    })
}
