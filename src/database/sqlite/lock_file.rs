//! One runner at a time on a `SQLite` file: a lock file beside it, locked by the operating system,
//! which lets go of it whenever and however the process ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::database::contract::LockHolder;

/// The lock, while it is held. Dropping it removes the file.
pub(super) struct LockFile {
    path: PathBuf,
    _file: File,
}

impl LockFile {
    /// Tries once. The inner error is the runner that has it.
    pub(super) fn try_acquire(path: &Path) -> io::Result<Result<Self, LockHolder>> {
        loop {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(Err(read_holder(&mut file))),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // Its last owner removes the file before letting go of it; a lock on a file that is
            // no longer there excludes nobody.
            let is_the_one = fs::metadata(path).is_ok_and(|found| {
                file.metadata()
                    .is_ok_and(|ours| found.dev() == ours.dev() && found.ino() == ours.ino())
            });
            if is_the_one {
                file.set_len(0)?;
                file.rewind()?;
                writeln!(file, "{}", std::process::id())?;
                return Ok(Ok(Self { path: path.to_owned(), _file: file }));
            }
        }
    }
}

fn read_holder(file: &mut File) -> LockHolder {
    let mut text = String::new();
    let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
    LockHolder { pid, ..LockHolder::default() }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // A file that stays is no harm: the lock is the operating system's.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_holds_it_and_the_file_goes_away() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("app.db.turnback-lock");
        let Ok(first) = LockFile::try_acquire(&path).unwrap() else { panic!("nobody holds it") };
        let holder = LockFile::try_acquire(&path).unwrap().err().expect("it is held");
        assert_eq!(holder.pid, Some(std::process::id()));
        drop(first);
        assert!(!path.exists());
        assert!(LockFile::try_acquire(&path).unwrap().is_ok());
    }
}
