//! Scripts by themselves: any files and directories of SQL, whether they are a set or not.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::file_name::FileName;
use super::{FileFault, FileFaultKind, Manifest, MigrationSet, Script};
use crate::model::{Engine, LineColumn};

/// What a script is for. The order is that in which they are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// It goes forward.
    Migration,
    /// It goes back.
    Rollback,
    /// Behaviour checks, which leave nothing behind.
    Check,
    /// Rows for rehearsals.
    Fixture,
}

/// What is known of a script from where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The directory of the migrations it belongs to: scripts of one home speak of one schema.
    pub directory: PathBuf,
    /// What it is for.
    pub role: Role,
    /// The engine, where a `set.toml` says so.
    pub engine: Option<Engine>,
    /// The oldest server, where a `set.toml` says so.
    pub minimum_server: Option<String>,
}

/// A script by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LooseScript {
    /// What is known of it from where it lies.
    pub home: Home,
    /// Its text.
    pub script: Script,
}

/// A file that is wrong, and the place in it where that is known.
pub type LooseFault = (FileFault, Option<LineColumn>);

/// The directories of a project, which may have any names.
#[derive(Debug, Clone, Copy)]
pub struct Directories<'a> {
    /// Of its migrations.
    pub migrations: &'a Path,
    /// Of their rollbacks.
    pub rollbacks: &'a Path,
}

/// Scripts that were found, and files that are none.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The scripts: each home's by version, a migration before its rollback.
    pub scripts: Vec<LooseScript>,
    /// Files that are wrong.
    pub faults: Vec<LooseFault>,
}

/// Reads files, and directories with all that is below them, but for what is hidden.
pub fn gather(paths: &[PathBuf], project: Option<Directories<'_>>) -> Gathered {
    let mut found = Vec::new();
    let mut gathered = Gathered::default();
    for path in paths {
        walk(path, &mut found, &mut gathered.faults);
    }
    found.sort();
    found.dedup();
    let mut manifests = Manifests { project, known: BTreeMap::new(), faults: Vec::new() };
    for path in found {
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                gathered.faults.push((unreadable(&path, &error), None));
                continue;
            }
        };
        match loose(&path, &bytes, &mut manifests) {
            Ok(script) => gathered.scripts.push(script),
            Err(fault) => gathered.faults.push(fault),
        }
    }
    gathered.scripts.sort_by_cached_key(order);
    gathered.faults.extend(manifests.faults.into_iter().map(|fault| (fault, None)));
    gathered
}

/// A script whose bytes came from elsewhere, as if it lay in this file.
pub fn loose_script(
    file: &Path,
    bytes: &[u8],
    project: Option<Directories<'_>>,
) -> Result<LooseScript, LooseFault> {
    loose(file, bytes, &mut Manifests { project, known: BTreeMap::new(), faults: Vec::new() })
}

/// The scripts of a set that was loaded.
pub fn scripts_of(set: &MigrationSet) -> Vec<LooseScript> {
    let home = |role| Home {
        directory: PathBuf::from(set.name().unwrap_or_default()),
        role,
        engine: set.manifest.as_ref().map(|manifest| manifest.engine),
        minimum_server: set.manifest.as_ref().and_then(|it| it.minimum_server.clone()),
    };
    let loose = |role, script: &Script| LooseScript { home: home(role), script: script.clone() };
    let steps = set
        .migrations
        .iter()
        .flat_map(|it| [loose(Role::Migration, &it.script), loose(Role::Rollback, &it.rollback)]);
    let checks = set.checks.iter().map(|it| loose(Role::Check, it));
    let fixtures = set.fixtures.iter().map(|it| loose(Role::Fixture, &it.script));
    steps.chain(checks).chain(fixtures).collect()
}

fn order(it: &LooseScript) -> (PathBuf, bool, i128, Role, String) {
    let name = it.script.file.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_aside = matches!(it.home.role, Role::Check | Role::Fixture);
    (it.home.directory.clone(), is_aside, number(name), it.home.role, it.script.file.clone())
}

/// The version in a file's name, as this tool or another writes it; names without one come last.
fn number(name: &str) -> i128 {
    if let Ok(FileName { version, .. }) = FileName::parse(name) {
        return version.get().into();
    }
    let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(i128::MAX)
}

fn is_sql(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("sql"))
}

/// Files below a path; a file that is named itself may have any ending.
fn walk(path: &Path, found: &mut Vec<PathBuf>, faults: &mut Vec<LooseFault>) {
    if !path.is_dir() {
        found.push(path.to_owned());
        return;
    }
    let entries = fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = match entries {
        Ok(entries) => entries,
        Err(error) => return faults.push((unreadable(path, &error), None)),
    };
    for entry in entries {
        let below = entry.path();
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        // A link to a directory may lead back here.
        let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !is_hidden && (is_directory || (is_sql(&below) && !below.is_dir())) {
            walk(&below, found, faults);
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> FileFault {
    let kind = FileFaultKind::Unreadable(error.to_string());
    FileFault { file: path.display().to_string(), kind }
}

fn loose(
    path: &Path,
    bytes: &[u8],
    manifests: &mut Manifests<'_>,
) -> Result<LooseScript, LooseFault> {
    let file = path.display().to_string();
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(LooseScript { home: manifests.home(path), script: Script::new(file, text) }),
        Err(error) => {
            let offset = error.valid_up_to();
            let valid = String::from_utf8_lossy(&bytes[..offset]);
            let at = LineColumn::of(&valid, valid.len());
            Err((FileFault { file, kind: FileFaultKind::NotUtf8 { offset } }, Some(at)))
        }
    }
}

/// What each `set.toml` says, read once.
struct Manifests<'a> {
    project: Option<Directories<'a>>,
    known: BTreeMap<PathBuf, Option<Manifest>>,
    faults: Vec<FileFault>,
}

impl Manifests<'_> {
    fn home(&mut self, path: &Path) -> Home {
        let (directory, role) = self.place(path);
        let manifest = self.manifest(&directory);
        let engine = manifest.map(|it| it.engine);
        let minimum_server = manifest.and_then(|it| it.minimum_server.clone());
        Home { directory, role, engine, minimum_server }
    }

    /// The directory of the migrations that a script belongs to, and what it is for.
    fn place(&mut self, path: &Path) -> (PathBuf, Role) {
        let parent = path.parent().unwrap_or(Path::new(""));
        if let Some(below) = self.project.and_then(|it| parent.strip_prefix(it.rollbacks).ok()) {
            let directory = self.project.map(|it| it.migrations.join(below));
            return (without_dots(&directory.unwrap_or_default()), Role::Rollback);
        }
        let aside = match parent.file_name().and_then(|name| name.to_str()) {
            Some("checks") => Some(Role::Check),
            Some("fixtures") => Some(Role::Fixture),
            _ => None,
        };
        if let Some((role, set)) = aside.zip(parent.parent())
            && is_set(set)
        {
            return (without_dots(set), role);
        }
        if let Some(migrations) = with_migrations(parent) {
            return (without_dots(&migrations), Role::Rollback);
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let is_down = [".down.sql", ".undo.sql"].iter().any(|ending| name.ends_with(ending));
        (without_dots(parent), if is_down { Role::Rollback } else { Role::Migration })
    }

    fn manifest(&mut self, directory: &Path) -> Option<&Manifest> {
        let faults = &mut self.faults;
        let known = self.known.entry(directory.to_owned()).or_insert_with(|| {
            let file = directory.join("set.toml");
            let text = fs::read_to_string(&file).ok()?;
            match Manifest::parse(&text) {
                Ok(manifest) => Some(manifest),
                Err(reason) => {
                    let kind = FileFaultKind::Manifest(reason);
                    faults.push(FileFault { file: file.display().to_string(), kind });
                    None
                }
            }
        });
        known.as_ref()
    }
}

/// `./migrations` and `migrations` are one place.
fn without_dots(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != Component::CurDir).collect()
}

/// Whether a directory holds a set's migrations.
fn is_set(directory: &Path) -> bool {
    let holds_one = || {
        fs::read_dir(directory).is_ok_and(|entries| {
            let names = entries.flatten().map(|entry| entry.file_name());
            names.into_iter().any(|name| FileName::parse(&name.to_string_lossy()).is_ok())
        })
    };
    directory.join("set.toml").is_file() || holds_one()
}

/// The directory of migrations that one of rollbacks goes with: `rollbacks/a` is to `migrations/a`.
fn with_migrations(directory: &Path) -> Option<PathBuf> {
    let parts: Vec<Component<'_>> = directory.components().collect();
    let is_rollbacks = |part: &Component<'_>| part.as_os_str() == "rollbacks";
    let at = parts.iter().rposition(is_rollbacks)?;
    let before = parts[..at].iter().map(|part| part.as_os_str());
    let behind = parts[at + 1..].iter().map(|part| part.as_os_str());
    Some(before.chain(["migrations".as_ref()]).chain(behind).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_come_by_version_each_with_its_rollback_behind_it() {
        let root = tempfile::tempdir().unwrap();
        for file in [
            "migrations/V10__c.sql",
            "migrations/V2__b.sql",
            "migrations/checks/1.sql",
            "migrations/.hidden.sql",
            "migrations/notes.md",
            "rollbacks/V10__c.sql",
            "rollbacks/V2__b.sql",
            "other/checks/2_a.sql",
            "other/3_b.down.sql",
        ] {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "\u{feff}select 1;\r\n").unwrap();
        }
        fs::write(root.path().join("migrations/V3__x.sql"), b"select 'x';\n'\xff").unwrap();
        let gathered = gather(&[root.path().to_owned()], None);
        let prefix = format!("{}/", root.path().display());
        let shown: Vec<_> = gathered
            .scripts
            .iter()
            .map(|it| format!("{:?} {}", it.home.role, it.script.file.replace(&prefix, "")))
            .collect();
        assert_eq!(
            shown,
            [
                "Migration migrations/V2__b.sql",
                "Rollback rollbacks/V2__b.sql",
                "Migration migrations/V10__c.sql",
                "Rollback rollbacks/V10__c.sql",
                "Check migrations/checks/1.sql",
                "Rollback other/3_b.down.sql",
                "Migration other/checks/2_a.sql",
            ]
        );
        let [(fault, at)] = &gathered.faults[..] else { panic!("{:?}", gathered.faults) };
        assert!(fault.file.ends_with("V3__x.sql"));
        assert_eq!(*at, Some(LineColumn { line: 2, column: 2 }));
    }
}
