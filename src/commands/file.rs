//! Files that commands write.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Puts a whole new file in the place of the old one, or leaves the old one as it is.
pub(super) fn replace(file: &Path, text: &str) -> io::Result<()> {
    let Some(file) = replaceable(file)? else { return fs::write(file, text) };
    let unfinished = beside(&file);
    let outcome = write_whole(&unfinished, text).and_then(|()| fs::rename(&unfinished, &file));
    if outcome.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    outcome
}

/// Whether [`replace`] could do its work now.
pub(super) fn try_replacing(file: &Path) -> io::Result<()> {
    let Some(file) = replaceable(file)? else { return Ok(()) };
    let trial = beside(&file);
    write_whole(&trial, "").and_then(|()| fs::remove_file(&trial))
}

/// The file to be replaced; none where there is a pipe or a terminal, which has nothing to be
/// replaced.
fn replaceable(file: &Path) -> io::Result<Option<PathBuf>> {
    match fs::metadata(file) {
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(found) if !found.is_file() => Ok(None),
        // A link stays, and the file it leads to is replaced.
        Ok(_) => fs::canonicalize(file).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !file.is_symlink() => {
            Ok(Some(file.to_owned()))
        }
        Err(error) => Err(error),
    }
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    file.with_file_name(name)
}

fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
