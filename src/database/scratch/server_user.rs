//! The user a server runs as.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use rustix::process::geteuid;

/// Another user, because a server refuses to run as root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ServerUser {
    pub(super) uid: u32,
    gid: u32,
}

impl ServerUser {
    /// Whom a server must run as; `None` where it can run as whoever runs turnback.
    pub(super) fn needed() -> io::Result<Option<Self>> {
        if !geteuid().is_root() {
            return Ok(None);
        }
        let found = Self::named("postgres").or_else(|| Self::named("nobody"));
        found.map(Some).ok_or_else(|| {
            io::Error::other("a server refuses to run as root, and there is no user `nobody`")
        })
    }

    fn named(name: &str) -> Option<Self> {
        let id = |flag| {
            let output = Command::new("id").args([flag, name]).output().ok()?;
            String::from_utf8(output.stdout).ok()?.trim().parse::<u32>().ok()
        };
        Some(Self { uid: id("-u")?, gid: id("-g")? }).filter(|user| user.uid != 0)
    }
}

/// Whoever owns what a server run as this user makes.
pub(super) fn owner_id(user: Option<ServerUser>) -> u32 {
    user.map_or_else(|| geteuid().as_raw(), |user| user.uid)
}

/// Makes a command run as that user.
pub(super) fn run_as(command: &mut Command, user: Option<ServerUser>) {
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
}

/// Gives a file to that user. A link is not followed.
pub(super) fn give(path: &Path, user: Option<ServerUser>) -> io::Result<()> {
    match user {
        Some(user) if !fs::symlink_metadata(path)?.is_symlink() => {
            chown(path, Some(user.uid), Some(user.gid))
        }
        _ => Ok(()),
    }
}

/// A command that the variables of `PostgreSQL`'s clients do not influence.
pub(super) fn server_command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for name in ["PGCLIENTENCODING", "PGDATA", "PGDATESTYLE", "PGOPTIONS", "PGPORT", "PGTZ"] {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C");
    command
}
