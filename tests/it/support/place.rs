//! Directories for throwaway servers, and the user the servers run as.
//!
//! All of them lie under one directory of the user who runs the tests, in memory where there is
//! room. Each holds a file `owner` that its test process keeps locked while it lives, so the next
//! test process can tell what was left behind and remove it.

use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::{Pid, Signal, geteuid, kill_process};

use super::binaries::program;

/// Free space below which a file system is too small for the servers.
const ROOM: u64 = 2 << 30;
/// Longer than this and the path of a socket below would not fit into its address.
const LONGEST_BASE: usize = 60;

/// Another user, whom a server must run as because it refuses to run as root.
#[derive(Debug, Clone, Copy)]
struct User {
    uid: u32,
    gid: u32,
}

static SERVER_USER: LazyLock<Option<User>> = LazyLock::new(|| {
    let id = |flag: &str, name: &str| {
        let output = Command::new("id").args([flag, name]).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse::<u32>().ok()
    };
    let find = |name| Some(User { uid: id("-u", name)?, gid: id("-g", name)? });
    geteuid().is_root().then(|| {
        find("postgres").or_else(|| find("nobody")).expect("every system has the user `nobody`")
    })
});

/// A directory that belongs to this process and to the server user.
pub struct Place {
    directory: PathBuf,
    /// Locked as long as this process lives.
    _owner: File,
}

impl Place {
    /// A new directory; what dead processes left behind goes first.
    pub fn claim(kind: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let base = base();
        let guard = open(&base.join("lock"));
        guard.lock().expect("a lock file in a directory of ours can be locked");
        sweep(&base);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = base.join(format!("{kind}-{}-{count}", std::process::id()));
        make_directory(&directory, 0o755);
        let owner = open(&directory.join("owner"));
        owner.try_lock().expect("nobody else knows this file");
        Self { directory, _owner: owner }
    }

    pub fn path(&self) -> &Path {
        &self.directory
    }

    /// A directory inside, owned by the server user.
    pub fn directory(&self, name: &str, mode: u32) -> PathBuf {
        let path = self.directory.join(name);
        make_directory(&path, mode);
        path
    }

    /// A file inside that only the server user reads.
    pub fn secret(&self, name: &str, text: &str) -> PathBuf {
        let path = self.directory.join(name);
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("the file is ours");
        give(&path);
        path
    }
}

/// Makes a command run as the server user, from a directory which that user can enter.
pub fn as_server_user<'a>(command: &'a mut Command, place: &Place) -> &'a mut Command {
    if let Some(user) = *SERVER_USER {
        command.uid(user.uid).gid(user.gid);
    }
    command.current_dir(place.path())
}

/// Copies a directory and gives the copy to the server user.
pub fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    let mode = fs::metadata(from)?.permissions().mode();
    DirBuilder::new().mode(mode & 0o777).create(to)?;
    give(to);
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
            give(&target);
        }
    }
    Ok(())
}

fn base() -> PathBuf {
    let name = format!("turnback-test-{}", geteuid().as_raw());
    let roomy = |path: &Path| {
        rustix::fs::statvfs(path).is_ok_and(|fs| fs.f_bavail.saturating_mul(fs.f_frsize) > ROOM)
    };
    let memory = Path::new("/dev/shm");
    let temporary = env::temp_dir().join(&name);
    let base = if roomy(memory) {
        memory.join(&name)
    } else if temporary.as_os_str().len() <= LONGEST_BASE {
        temporary
    } else {
        Path::new("/tmp").join(&name)
    };
    if !base.exists() {
        make_directory(&base, 0o755);
    }
    let metadata = fs::symlink_metadata(&base).expect("the directory exists by now");
    let owner = SERVER_USER.map_or_else(|| geteuid().as_raw(), |user| user.uid);
    let known = [owner, geteuid().as_raw()].contains(&metadata.uid());
    assert!(metadata.is_dir() && known, "{} belongs to somebody else: remove it", base.display());
    base
}

/// Creates a directory and gives it to the server user; another process may have been faster.
fn make_directory(path: &Path, mode: u32) {
    match DirBuilder::new().mode(mode).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            panic!("cannot create {}: {error}", path.display())
        }
        _ => give(path),
    }
}

fn give(path: &Path) {
    if let Some(user) = *SERVER_USER {
        chown(path, Some(user.uid), Some(user.gid)).expect("root may give its files away");
    }
}

fn open(path: &Path) -> File {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path);
    file.unwrap_or_else(|error| panic!("cannot open {}: {error}", path.display()))
}

/// Ends and removes what a killed test process left, if its supervisor was killed as well.
fn sweep(base: &Path) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let directory = entry.path();
        let Ok(owner) = OpenOptions::new().write(true).open(directory.join("owner")) else {
            continue;
        };
        if owner.try_lock().is_ok() {
            end_server_of(&directory);
            // A supervisor that is still at work removes the same files: let either win.
            let _ = fs::remove_dir_all(&directory);
        }
    }
}

fn end_server_of(directory: &Path) {
    let Ok(text) = fs::read_to_string(directory.join("data/postmaster.pid")) else { return };
    let Some(number) = text.lines().next().and_then(|line| line.trim().parse::<i32>().ok()) else {
        return;
    };
    // The number may have passed to another process since.
    let ours = fs::read(format!("/proc/{number}/cmdline")).is_ok_and(|arguments| {
        String::from_utf8_lossy(&arguments).contains(&*directory.to_string_lossy())
    });
    if let Some(pid) = Pid::from_raw(number).filter(|_| ours) {
        let _ = kill_process(pid, Signal::QUIT);
    }
}

/// The shell that supervises servers.
pub fn shell() -> PathBuf {
    program("sh")
}
