//! Writing new files: a project, a migration with its rollback, a bundled set to own.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::directory::io_error;
use super::file_name::FileName;
use super::{SetError, find_bundled};
use crate::model::Version;

/// The files that were written, in the order they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scaffolded {
    /// The paths.
    pub files: Vec<PathBuf>,
}

const PROJECT_FILE: &str = r#"# turnback's settings for this project. Flags and environment variables win over them.

# The database; DATABASE_URL and --database-url win.
# url = "postgres://app@localhost/app"
# url = "sqlite:app.db"

migrations = "migrations"
rollbacks = "rollbacks"

# The schema to install into; by default the first of the session's search_path.
# schema = "app"

# On a protected database a rollback asks for the database's name.
# protected = true
"#;

/// Makes `turnback.toml`, `migrations/` and `rollbacks/` in a directory. Directories that exist
/// are kept; an existing `turnback.toml` is never overwritten.
pub fn init_project(root: &Path) -> Result<Scaffolded, SetError> {
    let settings = root.join("turnback.toml");
    if settings.exists() {
        return Err(SetError::Exists(settings.display().to_string()));
    }
    for directory in [root.join("migrations"), root.join("rollbacks")] {
        make_directory(&directory)?;
    }
    write_new(&settings, PROJECT_FILE.as_bytes())?;
    Ok(Scaffolded { files: vec![settings] })
}

/// Makes an empty migration and its rollback; their version is one more than the highest of the
/// directory's, or the given one.
pub fn new_migration(
    migrations: &Path,
    rollbacks: &Path,
    name: &str,
    version: Option<Version>,
) -> Result<Scaffolded, SetError> {
    let present = present(migrations);
    let highest = present.iter().map(|(version, _)| version.get()).max().unwrap_or(0);
    let version = version.unwrap_or_else(|| Version::new(highest.saturating_add(1)));
    let file_name = format!("V{version}__{name}.sql");
    FileName::parse(&file_name).map_err(|_| SetError::BadName(name.to_owned()))?;
    if let Some((_, taken)) = present.iter().find(|(other, _)| *other == version) {
        return Err(SetError::Exists(migrations.join(taken).display().to_string()));
    }
    make_directory(migrations)?;
    make_directory(rollbacks)?;
    let (forward, back) = (migrations.join(&file_name), rollbacks.join(&file_name));
    for path in [&forward, &back] {
        if path.exists() {
            return Err(SetError::Exists(path.display().to_string()));
        }
    }
    let words = name.replace('_', " ");
    write_new(&forward, format!("-- {words}\n").as_bytes())?;
    write_new(&back, format!("-- undoes: {words}\n").as_bytes())?;
    Ok(Scaffolded { files: vec![forward, back] })
}

/// Writes a bundled set's files to `<directory>/migrations` and `<directory>/rollbacks`. Its
/// `set.toml` goes along, so that the set keeps its name and its history.
pub fn export(name: &str, directory: &Path) -> Result<Scaffolded, SetError> {
    let set = find_bundled(name)?;
    let files: Vec<(PathBuf, &[u8])> =
        set.project_files().map(|(path, contents)| (directory.join(path), contents)).collect();
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists()) {
        return Err(SetError::Exists(path.display().to_string()));
    }
    for (path, contents) in &files {
        make_directory(path.parent().unwrap_or(directory))?;
        write_new(path, contents)?;
    }
    Ok(Scaffolded { files: files.into_iter().map(|(path, _)| path).collect() })
}

/// The versions that have a file, each with its name.
fn present(migrations: &Path) -> Vec<(Version, String)> {
    let names = fs::read_dir(migrations).into_iter().flatten().flatten();
    names
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter_map(|name| Some((FileName::parse(&name).ok()?.version, name)))
        .collect()
}

fn make_directory(path: &Path) -> Result<(), SetError> {
    fs::create_dir_all(path).map_err(|error| io_error("cannot create", path, error))
}

fn write_new(path: &Path, contents: &[u8]) -> Result<(), SetError> {
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(contents))
        .map_err(|error| io_error("cannot write", path, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sets::load_directories;

    #[test]
    fn new_migrations_count_up_and_load() {
        let root = tempfile::tempdir().unwrap();
        let (m, r) = (root.path().join("migrations"), root.path().join("rollbacks"));
        init_project(root.path()).unwrap();
        new_migration(&m, &r, "first", None).unwrap();
        new_migration(&m, &r, "second", None).unwrap();
        new_migration(&m, &r, "later", Some(Version::new(20_260_101))).unwrap();
        let set = load_directories(&m, &r).unwrap();
        let versions: Vec<i64> = set.migrations.iter().map(|m| m.version.get()).collect();
        assert_eq!(versions, [1, 2, 20_260_101]);
        assert!(matches!(init_project(root.path()), Err(SetError::Exists(_))));
        assert!(matches!(new_migration(&m, &r, "a b", None), Err(SetError::BadName(_))));
    }
}
