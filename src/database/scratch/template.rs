//! A data directory, ready to be started: from the copy that an earlier run kept, or by `initdb`.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::installed::Installation;
use super::place::Place;
use super::process::{Outcome, run};
use super::server_user::{run_as, server_command};
use super::supervisor::Supervisor;
use super::sweep::sweep;
use super::{ScratchError, tree};
use crate::database::Interrupt;
use crate::model::Digest;

/// Fills `data` in the supervisor's directory. `programs` are those of the installation, wherever
/// the server's user reaches them.
pub(super) fn initialise(
    installation: &Installation,
    programs: &Path,
    supervisor: &Supervisor,
    cache: Option<&Path>,
    interrupt: &Interrupt,
) -> Result<PathBuf, ScratchError> {
    let data = supervisor.path().join("data");
    let kept = cache.and_then(|cache| Some(cache.join(name_of(installation)?)));
    if let Some(kept) = kept.as_deref().filter(|kept| kept.is_dir()) {
        if tree::copy(kept, &data, supervisor.user()).is_ok() {
            return Ok(data);
        }
        let _ = fs::remove_dir_all(&data);
    }
    let first = initdb(installation, programs, "C.UTF-8", supervisor, interrupt)?;
    if let Outcome::Failed(first) = first {
        // Not every system has that locale.
        let _ = fs::remove_dir_all(&data);
        let second = initdb(installation, programs, "C", supervisor, interrupt)?;
        if matches!(second, Outcome::Failed(_)) {
            return Err(ScratchError::Initialise { bin: installation.bin.clone(), said: first });
        }
    }
    if let Some(kept) = kept
        && let Err(error) = keep(&data, &kept)
    {
        // The next run makes its own, a little slower.
        tracing::debug!(%error, kept = %kept.display(), "the data directory was not kept");
    }
    Ok(data)
}

/// Renaming makes the copy appear complete or not at all.
fn keep(data: &Path, kept: &Path) -> io::Result<()> {
    let cache = kept.parent().ok_or(io::ErrorKind::NotFound)?;
    fs::create_dir_all(cache)?;
    sweep(cache, None);
    let unfinished = Supervisor::new(Place::claim(cache, None)?, &[])?;
    let copy = unfinished.path().join("data");
    tree::copy(data, &copy, None)?;
    match fs::rename(&copy, kept) {
        // Another run was faster.
        Err(_) if kept.is_dir() => Ok(()),
        outcome => outcome,
    }
}

/// A name that no other build of the server has: their data directories may differ.
fn name_of(installation: &Installation) -> Option<String> {
    let program = fs::metadata(installation.bin.join("postgres")).ok()?;
    let parts = [
        format!("{}\n", installation.bin.display()),
        format!("{}\n", installation.banner),
        format!("{} {}", program.size(), program.mtime()),
    ];
    let digest = Digest::of_parts(parts).to_string();
    Some(format!("initdb-{}-{}", installation.version, digest.get(..16)?))
}

fn initdb(
    installation: &Installation,
    programs: &Path,
    locale: &str,
    supervisor: &Supervisor,
    interrupt: &Interrupt,
) -> Result<Outcome, ScratchError> {
    let mut command = server_command(programs.join("initdb"));
    command.args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--username=postgres"]);
    command.args(["--wal-segsize=1", "--no-instructions"]).arg(format!("--locale={locale}"));
    if installation.major >= 18 {
        command.arg("--no-data-checksums");
    }
    command.arg("-D").arg(supervisor.path().join("data"));
    run_as(&mut command, supervisor.user());
    run(&mut command, supervisor, interrupt)
}
