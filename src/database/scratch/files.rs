//! Throwaway `SQLite` files.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::ScratchError;
use super::place::{Place, base, bases};
use super::supervisor::Supervisor;
use super::sweep::sweep;
use crate::settings::ScratchSettings;

/// A directory of database files. Dropping it removes them.
#[derive(Debug)]
pub(super) struct Files {
    supervisor: Supervisor,
}

/// What `SQLite` keeps beside a database file.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

impl Files {
    pub(super) fn open(settings: &ScratchSettings) -> Result<Self, ScratchError> {
        for base in bases(&settings.temporary) {
            sweep(&base, None);
        }
        let base = base(&settings.temporary);
        let supervisor = Place::claim(&base, None).and_then(|place| Supervisor::new(place, &[]));
        let supervisor = supervisor
            .map_err(|error| ScratchError::io(format!("cannot use {}", base.display()), error))?;
        Ok(Self { supervisor })
    }

    /// The path of a database that does not exist yet.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.supervisor.path().join(format!("{name}.db"))
    }

    /// Copies a database that nobody writes to. One that was never written to has no file.
    pub(super) fn copy(from: &Path, to: &Path) -> Result<(), ScratchError> {
        let wal = |path| beside(path, "-wal");
        for (from, to) in [(from.to_owned(), to.to_owned()), (wal(from), wal(to))] {
            match fs::copy(&from, &to) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => {
                    return Err(ScratchError::io(format!("cannot copy {}", from.display()), error));
                }
                Ok(_) => {}
            }
        }
        Ok(())
    }

    /// Removes a database's files; what is not there need not be removed.
    pub(super) fn remove(path: &Path) {
        let _: io::Result<()> = fs::remove_file(path);
        for ending in BESIDE {
            let _: io::Result<()> = fs::remove_file(beside(path, ending));
        }
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
