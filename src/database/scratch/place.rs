//! Private directories, each locked as long as somebody works in it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{OFlags, statvfs};

use super::server_user::{ServerUser, give};

/// What the names of all of them begin with.
pub(super) const PREFIX: &str = "turnback-scratch-";

/// The file that is locked. The supervisor shares the lock, so that it outlives turnback until the
/// directory is gone.
const OWNER: &str = "owner";

/// Free space below which memory is left to others.
const ROOM: u64 = 1 << 30;

/// Longer than this, and the path of a socket below would not fit into its address, which takes
/// 103 bytes where it takes the fewest (macOS).
const LONGEST_BASE: usize = 55;

/// A directory that nobody else uses.
#[derive(Debug)]
pub(super) struct Place {
    directory: PathBuf,
    owner: File,
    user: Option<ServerUser>,
}

impl Place {
    /// Makes one in `base`, readable by nobody but this user.
    pub(super) fn claim(base: &Path, user: Option<ServerUser>) -> io::Result<Self> {
        loop {
            let name = format!("{PREFIX}{}-{:08x}", std::process::id(), fastrand::u32(..));
            let directory = base.join(name);
            match DirBuilder::new().mode(0o700).create(&directory) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                outcome => outcome?,
            }
            let path = directory.join(OWNER);
            let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
            // A sweep that comes in between takes the directory for a dead one's: another name
            // then.
            let owner = match opened {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                outcome => outcome?,
            };
            if owner.try_lock().is_ok() && is_at(&owner, &path) {
                give(&path, user)?;
                give(&directory, user)?;
                return Ok(Self { directory, owner, user });
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.directory
    }

    pub(super) fn user(&self) -> Option<ServerUser> {
        self.user
    }

    /// The lock, for somebody else to hold as well.
    pub(super) fn share(&self) -> io::Result<File> {
        self.owner.try_clone()
    }
}

/// Takes over a directory that nobody holds any more; `None` while somebody does.
pub(super) fn take_over(directory: &Path) -> Option<File> {
    let path = directory.join(OWNER);
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let flags = i32::try_from(flags).expect("the flags of `open` are an int");
    let owner = OpenOptions::new().write(true).custom_flags(flags).open(&path).ok()?;
    (owner.try_lock().is_ok() && is_at(&owner, &path)).then_some(owner)
}

/// Whether a directory has the file that is locked.
pub(super) fn has_owner(directory: &Path) -> bool {
    fs::symlink_metadata(directory.join(OWNER)).is_ok()
}

fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(ours), Ok(there)) = (file.metadata(), fs::symlink_metadata(path)) else { return false };
    (ours.dev(), ours.ino()) == (there.dev(), there.ino())
}

/// The directories in which places for servers are made: memory, and where temporary files go.
pub(super) fn bases(temporary: &Path) -> Vec<PathBuf> {
    let mut bases = vec![PathBuf::from("/dev/shm"), temporary.to_owned(), PathBuf::from("/tmp")];
    bases.dedup();
    bases
}

/// The one to use: memory where it has room.
pub(super) fn base(temporary: &Path) -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let is_roomy = statvfs(&memory).is_ok_and(|fs| fs.f_bavail.saturating_mul(fs.f_frsize) > ROOM);
    if is_roomy {
        return memory;
    }
    // The server takes a list of directories for its sockets.
    let text = temporary.to_string_lossy();
    if text.len() <= LONGEST_BASE && !text.contains([',', '"']) {
        temporary.to_owned()
    } else {
        PathBuf::from("/tmp")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_taken_over_only_when_its_owner_is_gone() {
        let base = tempfile::tempdir().unwrap();
        let place = Place::claim(base.path(), None).unwrap();
        let directory = place.path().to_owned();
        assert_eq!(fs::metadata(&directory).unwrap().mode() & 0o777, 0o700);
        assert!(take_over(&directory).is_none());
        let shared = place.share().unwrap();
        drop(place);
        assert!(take_over(&directory).is_none());
        drop(shared);
        assert!(take_over(&directory).is_some());
    }
}
