//! Sets in directories.

use std::fs;
use std::path::Path;

use super::assemble::{RawSet, assemble};
use super::raw_file::RawFile;
use super::{FileFault, FileFaultKind, MigrationSet, SetError};

/// What a directory holds, as far as a set is concerned.
#[derive(Default)]
struct Listing {
    manifest: Option<RawFile>,
    scripts: Vec<RawFile>,
    checks: Vec<RawFile>,
    fixtures: Vec<RawFile>,
    directories: Vec<String>,
    faults: Vec<FileFault>,
}

/// Loads a set from its two directories.
pub fn load_directories(migrations: &Path, rollbacks: &Path) -> Result<MigrationSet, SetError> {
    let forward = list(migrations)?;
    if forward.scripts.is_empty() && forward.faults.is_empty() {
        return Err(SetError::NoMigrations {
            directory: migrations.display().to_string(),
            below: forward.directories,
        });
    }
    // A missing rollbacks directory shows as each migration's missing rollback.
    let back = if rollbacks.is_dir() { list(rollbacks)? } else { Listing::default() };
    let nested = forward
        .directories
        .iter()
        .chain(&back.directories)
        .map(|directory| FileFault { file: directory.clone(), kind: FileFaultKind::Nested });
    assemble(RawSet {
        faults: nested.chain(forward.faults).chain(back.faults).collect(),
        manifest: forward.manifest,
        migrations: forward.scripts,
        rollbacks: back.scripts,
        checks: forward.checks,
        fixtures: forward.fixtures,
        migrations_label: migrations.display().to_string(),
        rollbacks_label: rollbacks.display().to_string(),
    })
}

fn list(directory: &Path) -> Result<Listing, SetError> {
    if !directory.is_dir() {
        return Err(SetError::NoDirectory(directory.display().to_string()));
    }
    let mut paths = fs::read_dir(directory)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>())
        .map_err(|error| io_error("cannot list", directory, error))?;
    paths.sort();

    let mut listing = Listing::default();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let label = path.display().to_string();
        if path.is_dir() {
            if name == "checks" {
                listing.checks = list(&path)?.scripts;
            } else if name == "fixtures" {
                listing.fixtures = list(&path)?.scripts;
            } else if holds_scripts(&path) {
                listing.directories.push(label);
            }
        } else if name == "set.toml" {
            listing.manifest = Some(read(&path, name, label)?);
        } else if is_script(&name) {
            listing.scripts.push(read(&path, name, label)?);
        }
    }
    Ok(listing)
}

/// Whether a file is meant as a script: by its ending in any case, or by starting like one.
/// Hidden files and everything else (a README, a licence) are not the set's business.
fn is_script(name: &str) -> bool {
    if name.starts_with('.') {
        return false;
    }
    let has_ending =
        Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("sql"));
    let starts_like_one = name.split_once("__").is_some_and(|(head, _)| {
        head.strip_prefix(['V', 'v', 'U', 'R'])
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
    });
    has_ending || starts_like_one
}

fn holds_scripts(directory: &Path) -> bool {
    fs::read_dir(directory).is_ok_and(|entries| {
        entries.flatten().any(|entry| is_script(&entry.file_name().to_string_lossy()))
    })
}

fn read(path: &Path, name: String, label: String) -> Result<RawFile, SetError> {
    let bytes = fs::read(path).map_err(|error| io_error("cannot read", path, error))?;
    Ok(RawFile { name, label, bytes })
}

pub(super) fn io_error(action: &'static str, path: &Path, error: std::io::Error) -> SetError {
    SetError::Io { action, path: path.display().to_string(), error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Version;

    fn write(root: &Path, files: &[(&str, &[u8])]) {
        for (path, bytes) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }

    fn faults(files: &[(&str, &[u8])]) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), files);
        match load_directories(&root.path().join("m"), &root.path().join("r")) {
            Err(SetError::Files(faults)) => {
                let prefix = format!("{}/", root.path().display());
                faults.iter().map(|fault| fault.to_string().replace(&prefix, "")).collect()
            }
            other => panic!("expected faulty files, got {other:?}"),
        }
    }

    #[test]
    fn a_good_pair_loads_and_other_files_are_left_alone() {
        let root = tempfile::tempdir().unwrap();
        write(
            root.path(),
            &[
                ("m/V2__b.sql", b"select 2"),
                ("m/V10__c.sql", b"select 10"),
                ("m/README.md", b""),
                ("m/.V3__x.sql.swp", b""),
                ("m/fixtures/V2__rows.sql", b"select 'after 2'"),
                ("m/fixtures/before.sql", b"select 'before'"),
                ("r/V2__b.sql", b"select -2"),
                ("r/V10__c.sql", b"-- nothing to undo"),
            ],
        );
        let set = load_directories(&root.path().join("m"), &root.path().join("r")).unwrap();
        let versions: Vec<i64> = set.migrations.iter().map(|m| m.version.get()).collect();
        assert_eq!(versions, [2, 10]);
        let fixtures: Vec<_> = set.fixtures.iter().map(|it| it.after.map(Version::get)).collect();
        assert_eq!(fixtures, [None, Some(2)]);
    }

    #[test]
    fn all_faults_come_at_once_each_with_its_file() {
        let found = faults(&[
            ("m/V1__a.sql", b"select 1"),
            ("m/V001__again.sql", b"select 1"),
            ("m/V2__b.sql", b"select 2"),
            ("m/V3__c.sql", b"\xff\xfe"),
            ("m/V4__d.sql", b" \n"),
            ("m/V5__e.SQL", b"select 5"),
            ("m/V6__f.sql.bak", b"select 6"),
            ("m/old/V0__z.sql", b"select 0"),
            ("r/V1__a.sql", b"select -1"),
            ("r/V2__other.sql", b"select -2"),
            ("r/V9__i.sql", b"select -9"),
        ]);
        let text = found.join("\n");
        assert!(text.contains("V1__a.sql: version 1 is taken by"), "{text}");
        assert!(text.contains("V2__b.sql: has no rollback; r/V2__b.sql does not exist"), "{text}");
        assert!(text.contains("r/V2__other.sql: is a rollback without a migration"), "{text}");
        assert!(text.contains("V3__c.sql: is not UTF-8: byte 0"), "{text}");
        assert!(text.contains("V4__d.sql: is empty"), "{text}");
        assert!(text.contains("V5__e.SQL: misnamed"), "{text}");
        assert!(text.contains("V6__f.sql.bak: misnamed"), "{text}");
        assert!(text.contains("m/old: lies in a sub-directory"), "{text}");
        assert!(text.contains("V9__i.sql: is a rollback without a migration"), "{text}");
    }

    #[test]
    fn a_fixture_has_a_place() {
        let found = faults(&[
            ("m/V1__a.sql", b"select 1"),
            ("r/V1__a.sql", b"select -1"),
            ("m/fixtures/V1__rows.sql", b"select 1"),
            ("m/fixtures/V1__more.sql", b"select 1"),
            ("m/fixtures/V2__rows.sql", b"select 2"),
            ("m/fixtures/rows.sql", b"select 3"),
        ]);
        let text = found.join("\n");
        assert!(text.contains("V1__rows.sql: version 1 is taken by m/fixtures/V1__more"), "{text}");
        assert!(text.contains("V2__rows.sql: is a fixture for version 2, which the set"), "{text}");
        assert!(text.contains("fixtures/rows.sql: misnamed"), "{text}");
    }

    #[test]
    fn an_empty_directory_names_the_sets_below_it() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), &[("m/mine/V1__a.sql", b"select 1")]);
        let error = load_directories(&root.path().join("m"), &root.path().join("r")).unwrap_err();
        assert!(matches!(error, SetError::NoMigrations { below, .. } if below.len() == 1));
    }
}
