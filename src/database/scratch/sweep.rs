//! Removing what killed runs left behind.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, Signal, geteuid, kill_process, test_kill_process};

use super::place::{PREFIX, has_owner, take_over};
use super::server_user::{ServerUser, owner_id};

/// A directory without a lock is one that is just being made, unless it is as old as this.
const MAKING: Duration = Duration::from_hours(1);

/// Removes the directories in `base` that dead runs of this user left. Whatever cannot be removed
/// stays: another run may be at it.
pub(super) fn sweep(base: &Path, user: Option<ServerUser>) {
    let ours = [geteuid().as_raw(), owner_id(user)];
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        if !entry.file_name().as_bytes().starts_with(PREFIX.as_bytes()) {
            continue;
        }
        let directory = entry.path();
        // A link is no directory to this, and a directory of somebody else's is not ours to judge.
        let Ok(found) = fs::symlink_metadata(&directory) else { continue };
        if !found.is_dir() || !ours.contains(&found.uid()) {
            continue;
        }
        let lock = take_over(&directory);
        let age =
            found.modified().ok().and_then(|time| SystemTime::now().duration_since(time).ok());
        let is_forgotten = !has_owner(&directory) && age.is_some_and(|age| age > MAKING);
        if lock.is_some() || is_forgotten {
            tracing::debug!(directory = %directory.display(), "removing what a dead run left");
            end_server(&directory, user);
            let _ = fs::remove_dir_all(&directory);
        }
    }
}

/// Ends the server that runs in a directory whose supervisor is gone.
pub(super) fn end_server(directory: &Path, user: Option<ServerUser>) {
    let Ok(text) = fs::read_to_string(directory.join("data/postmaster.pid")) else { return };
    let number = text.lines().next().and_then(|line| line.trim().parse::<i32>().ok());
    let Some(pid) = number.and_then(Pid::from_raw) else { return };
    // The number may have passed to another process since.
    if !is_server_in(pid, directory, user) || kill_process(pid, Signal::QUIT).is_err() {
        return;
    }
    for _ in 0..500 {
        if test_kill_process(pid).is_err() {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Whether a process was started by the supervisor of this directory, which names it on the
/// server's command line.
fn is_server_in(pid: Pid, directory: &Path, user: Option<ServerUser>) -> bool {
    let number = pid.as_raw_nonzero();
    let process = format!("/proc/{number}");
    let arguments = match fs::metadata(&process) {
        Ok(found) if found.uid() == owner_id(user) => {
            fs::read(format!("{process}/cmdline")).unwrap_or_default()
        }
        Ok(_) => return false,
        Err(_) => {
            let mut ps = Command::new("ps");
            ps.args(["-o", "command=", "-p", &number.to_string()])
                .output()
                .map_or_else(|_| Vec::new(), |output| output.stdout)
        }
    };
    let name = directory.as_os_str().as_bytes();
    arguments.windows(name.len()).any(|window| window == name)
}
