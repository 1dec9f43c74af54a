//! The sets inside the binary.

use std::sync::LazyLock;

use include_dir::{Dir, include_dir};

use super::assemble::{RawSet, assemble};
use super::raw_file::RawFile;
use super::{Manifest, MigrationSet, SetError};

static MIGRATIONS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/migrations");
static ROLLBACKS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/rollbacks");

/// A set that ships with the program.
#[derive(Debug)]
pub struct BundledSet {
    /// What its `set.toml` says.
    pub manifest: Manifest,
    directory: &'static Dir<'static>,
}

impl BundledSet {
    /// The set's name.
    pub fn name(&self) -> &str {
        &self.manifest.name
    }

    fn part(&self, name: &str) -> Option<&'static Dir<'static>> {
        self.directory.get_dir(self.directory.path().join(name))
    }

    /// Every file of the set with its path in a project, ready to be written out.
    pub(super) fn project_files(&self) -> impl Iterator<Item = (String, &'static [u8])> {
        let rollbacks = rollbacks_of(self.name());
        let files = |root: &'static str, directory: Option<&'static Dir<'static>>| {
            let files = directory.into_iter().flat_map(Dir::files);
            files.map(move |file| (format!("{root}/{}", file_name(file)), file.contents()))
        };
        files("migrations", Some(self.directory))
            .chain(files("migrations/checks", self.part("checks")))
            .chain(files("migrations/fixtures", self.part("fixtures")))
            .chain(files("rollbacks", Some(rollbacks)))
    }
}

/// Every bundled set, by name.
pub fn bundled() -> &'static [BundledSet] {
    static SETS: LazyLock<Vec<BundledSet>> = LazyLock::new(|| {
        let mut sets: Vec<BundledSet> = MIGRATIONS.dirs().map(describe).collect();
        sets.sort_by(|a, b| a.name().cmp(b.name()));
        sets
    });
    &SETS
}

/// The bundled set of that name.
pub fn find_bundled(name: &str) -> Result<&'static BundledSet, SetError> {
    bundled().iter().find(|set| set.name() == name).ok_or_else(|| SetError::Unknown {
        name: name.to_owned(),
        known: bundled().iter().map(|set| set.name().to_owned()).collect(),
    })
}

/// Loads a bundled set with the same checks as a directory's.
pub fn load_bundled(name: &str) -> Result<MigrationSet, SetError> {
    let set = find_bundled(name)?;
    let files = |root: &str, directory: &'static Dir<'static>| {
        directory.files().map(|file| raw_file(root, file)).collect::<Vec<_>>()
    };
    let part = |part: &str| {
        let root = format!("migrations/{name}/{part}");
        set.part(part).map(|directory| files(&root, directory)).unwrap_or_default()
    };
    let (manifest, migrations) = files(&format!("migrations/{name}"), set.directory)
        .into_iter()
        .partition::<Vec<_>, _>(|file| file.name == "set.toml");
    assemble(RawSet {
        manifest: manifest.into_iter().next(),
        migrations,
        checks: part("checks"),
        fixtures: part("fixtures"),
        rollbacks: files(&format!("rollbacks/{name}"), rollbacks_of(name)),
        migrations_label: format!("migrations/{name}"),
        rollbacks_label: format!("rollbacks/{name}"),
        faults: Vec::new(),
    })
}

fn describe(directory: &'static Dir<'static>) -> BundledSet {
    let manifest = directory
        .get_file(directory.path().join("set.toml"))
        .and_then(|file| file.contents_utf8())
        .expect("a test loads every bundled set, and each has a set.toml");
    BundledSet {
        manifest: Manifest::parse(manifest).expect("a test loads every bundled set's set.toml"),
        directory,
    }
}

fn rollbacks_of(name: &str) -> &'static Dir<'static> {
    ROLLBACKS.get_dir(name).expect("a test loads every bundled set with its rollbacks")
}

fn file_name(file: &include_dir::File<'static>) -> String {
    file.path().file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn raw_file(root: &str, file: &include_dir::File<'static>) -> RawFile {
    let name = file_name(file);
    RawFile { label: format!("{root}/{name}"), name, bytes: file.contents().to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_set_loads() {
        assert!(!bundled().is_empty());
        for set in bundled() {
            let loaded = load_bundled(set.name()).unwrap();
            assert!(!loaded.migrations.is_empty(), "{} is empty", set.name());
            assert_eq!(loaded.name(), Some(set.name()));
        }
    }
}
